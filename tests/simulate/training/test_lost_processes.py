"""Whoever is lost ends all processes, at once and in one line; torchrun starts them as well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from roundlot.simulate.methods import method
from roundlot.simulate.training import (
    Federation,
    History,
    LocalPlan,
    LostProcessError,
    Processes,
    train,
)
from roundlot.theory import InvalidProblemError

SETTINGS: dict[str, Any] = {"budget": 3.0, "engine": "plain", "evaluate_every": 4}


def failing(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """A loss that only helping processes cannot compute."""
    main = sys.modules["__main__"].__spec__
    if main is not None and main.name.endswith("helper"):
        raise RuntimeError("no such luck")
    return nn.functional.cross_entropy(outputs, targets, reduction="none")


def test_a_killed_process_ends_all_in_one_line(
    federation: Federation, plan: LocalPlan, tmp_path: Path, differences: Any
) -> None:
    begun = {"at": 0.0}
    with Processes(3) as lost:
        helpers = lost._place.helpers  # type: ignore[union-attr]

        def kill(_: str, done: int, total: int) -> None:
            if done == 2:
                helpers[1].send_signal(signal.SIGKILL)
                begun["at"] = time.monotonic()

        with pytest.raises(LostProcessError, match="process 2 of 3 was killed by SIGKILL") as told:
            train(
                federation,
                method("full"),
                rounds=9,
                plan=plan,
                processes=lost,
                progress=kill,
                checkpoint=tmp_path / "run.npz",
                checkpoint_every=1,
                **SETTINGS,
            )
        assert "\n" not in str(told.value)
        with pytest.raises(InvalidProblemError, match="start new ones"):
            train(federation, method("full"), rounds=1, plan=plan, processes=lost, **SETTINGS)
    assert time.monotonic() - begun["at"] < 60.0  # not the half hour that a share may take
    assert all(helper.poll() is not None for helper in helpers)
    history = train(
        federation,
        method("full"),
        rounds=3,
        plan=plan,
        checkpoint=tmp_path / "run.npz",
        **SETTINGS,
    )
    whole = train(federation, method("full"), rounds=3, plan=plan, **SETTINGS)
    assert differences(whole, history) == {}


@pytest.mark.slow
def test_a_process_that_hangs_is_given_up(federation: Federation, plan: LocalPlan) -> None:
    settings = SETTINGS | {"rounds": 1, "plan": plan}
    with Processes(2, timeout=10.0) as hanging:
        train(federation, method("full"), processes=hanging, **settings)
        hanging._place.helpers[0].send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
        with pytest.raises(LostProcessError, match="1 of 2 did not answer within 10 s"):
            train(federation, method("full"), processes=hanging, **settings)


@pytest.mark.slow
def test_a_failure_in_another_process_is_told(new_task: Any) -> None:
    task = replace(new_task("a", 1), loss=failing)
    with (
        Processes(2) as failed,
        pytest.raises(LostProcessError, match=r"1 of 2 failed \(RuntimeError: no such luck"),
    ):
        train(
            Federation(tasks=(task,)),
            method("full"),
            rounds=1,
            plan=LocalPlan(),
            processes=failed,
            **SETTINGS,
        )


SCRIPT = """
import sys
from roundlot.simulate.methods import method
from roundlot.simulate.tasks import digits
from roundlot.simulate.training import Federation, LocalPlan, Processes, train
from torch import nn

class Local(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(64, 10)
    def forward(self, inputs):
        return self.inner(inputs)

if __name__ == "__main__":
    import dataclasses
    tasks = digits(n_clients=12, n_models=2, samples=240, network="64-10", seed=0)
    tasks = tuple(dataclasses.replace(task, module=Local()) for task in tasks)
    with Processes(*map(int, sys.argv[2:])) as crew:
        history = train(
            Federation(tasks=tasks), method("lvr"), rounds=3, plan=LocalPlan(epochs=1),
            budget=6, engine="plain", processes=crew,
        )
        history.save(f"{sys.argv[1]}{crew.rank}.npz")
"""


TORCHRUN = ("-m", "torch.distributed.run", "--standalone")


def launched(*arguments: object, ranks: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *TORCHRUN, f"--nproc-per-node={ranks}", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.slow
def test_under_torchrun_all_get_the_history(tmp_path: Path, differences: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, "utf-8")
    done = launched(script, tmp_path / "rank", ranks=2)
    assert done.returncode == 0, done.stderr
    subprocess.run([sys.executable, script, tmp_path / "alone", "1"], check=True)
    paths = [tmp_path / name for name in ("alone0", "rank0", "rank1")]
    one, first, second = (
        History.load(f"{path}.npz" if not path.exists() else path) for path in paths
    )
    assert differences(one, first) == {}
    assert differences(one, second) == {}
    again = subprocess.run(
        [sys.executable, script, tmp_path / "no", "2"], capture_output=True, text=True, check=False
    )
    last = again.stderr.strip().splitlines()[-1]
    assert "Can't get attribute 'Local'" in last
    assert "start with torchrun" in last


@pytest.mark.slow
def test_the_command_under_torchrun_prints_and_writes_once(tmp_path: Path) -> None:
    said = launched(
        "-m", "roundlot", "train", "digits", "--methods", "random,full", "--rounds", 1,
        "--seeds", 1, "--out", tmp_path / "out", ranks=2,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("report:") == 1
    assert len(list((tmp_path / "out" / "runs").glob("*.npz"))) == 2


@pytest.mark.slow
def test_helpers_end_when_the_first_process_is_killed(tmp_path: Path) -> None:
    code = (
        "import time; from roundlot.simulate.training import Processes\n"
        "crew = Processes(2); print(crew._place.helpers[0].pid, flush=True); time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        helper = int(first.stdout.readline())
        first.kill()
    deadline = time.monotonic() + 30.0
    while _lives(helper) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(helper)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.gpu
@pytest.mark.skipif(
    not torch.cuda.is_available() or torch.cuda.device_count() < 2,
    reason="fewer than two CUDA devices: training over NCCL is untested here",
)
def test_two_gpus_train_as_one(federation: Federation, plan: LocalPlan, differences: Any) -> None:
    settings = SETTINGS | {"rounds": 5, "plan": plan, "device": "cuda", "engine": "vmapped"}
    with Processes(2) as pair:
        for name in ("gvr", "lvr", "scaffold", "fedvarp"):
            one, two = (
                train(federation, method(name), processes=processes, **settings)
                for processes in (1, pair)
            )
            assert max(differences(one, two).values(), default=0.0) < 1e-3
