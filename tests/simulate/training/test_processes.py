"""Several processes train as one does, to the bit where engines say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from roundlot.simulate.engines.task_engine import SAMPLES_AT_A_TIME
from roundlot.simulate.methods import method
from roundlot.simulate.processes.group import own_device
from roundlot.simulate.processes.shared_engine import deal, runs
from roundlot.simulate.training import (
    Federation,
    History,
    LocalPlan,
    Processes,
    Samples,
    Task,
    TrainingError,
    train,
    train_methods,
)
from roundlot.theory import InvalidProblemError

SETTINGS: dict[str, Any] = {"budget": 3.0, "engine": "plain", "evaluate_every": 4}
METHODS = (
    "full", "gvr", "lvr", "stale-vr", "stale-vre", "fedvarp", "mifa", "scaffold", "power-of-choice",
)  # fmt: skip


class Own(nn.Module):
    """A network of this file's own, which other processes have to find."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(5, 3)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.inner(inputs))


@pytest.fixture(scope="module", params=[2, 3])
def crew(request: pytest.FixtureRequest) -> Iterator[Processes]:
    with Processes(request.param) as started:
        yield started


@pytest.fixture(scope="module")
def alone(federation: Federation, plan: LocalPlan) -> Any:
    """Histories of one process, trained once."""

    @cache
    def trained(name: str, engine: str, rounds: int) -> History:
        settings = SETTINGS | {"engine": engine, "measure": True}
        return train(federation, method(name), rounds=rounds, plan=plan, **settings)

    return trained


@pytest.mark.parametrize("name", METHODS)
def test_histories_are_those_of_one_process(
    federation: Federation,
    plan: LocalPlan,
    crew: Processes,
    alone: Any,
    name: str,
    differences: Any,
) -> None:
    history = train(
        federation, method(name), rounds=5, plan=plan, measure=True, processes=crew, **SETTINGS
    )
    assert differences(alone(name, "plain", 5), history) == {}


def test_lots_are_uneven_and_sometimes_empty(alone: Any) -> None:
    """So that what is compared above has lots smaller than the number of processes."""
    history = alone("lvr", "plain", 5)
    assert history.uploads.min() < 3
    assert history.aggregate_weight.min() == 0.0


@pytest.mark.parametrize(("engine", "most"), [("fused", 0.0), ("batched", 1e-5), ("vmapped", 1e-5)])
def test_engines_agree_as_far_as_they_say(
    federation: Federation,
    plan: LocalPlan,
    crew: Processes,
    alone: Any,
    engine: str,
    most: float,
    differences: Any,
) -> None:
    settings = SETTINGS | {"engine": engine, "measure": True}
    history = train(
        federation, method("stale-vre"), rounds=5, plan=plan, processes=crew, **settings
    )
    found = differences(alone("stale-vre", engine, 5), history)
    assert max(found.values(), default=0.0) <= most
    assert history.uploads.tolist() == alone("stale-vre", engine, 5).uploads.tolist()


def test_losses_have_the_same_bits_however_many_samples_there_are(
    crew: Processes, differences: Any
) -> None:
    generator = np.random.default_rng(0)
    owner = np.sort(generator.integers(0, 7, 3 * SAMPLES_AT_A_TIME + 100))
    inputs = torch.tensor(generator.normal(size=(owner.size, 9))).float()
    labels = torch.tensor(generator.integers(0, 4, owner.size))
    task = Task(
        name="large",
        module=nn.Sequential(nn.Linear(9, 7), nn.Tanh(), nn.Linear(7, 4)),
        train=Samples.by_owner(inputs, labels, owner, 7),
    )
    federation = Federation(tasks=(task,))
    plan = LocalPlan(epochs=1, batch_size=512)
    one, more = (
        train(federation, method("lvr"), rounds=2, plan=plan, processes=processes, **SETTINGS)
        for processes in (1, crew)
    )
    assert differences(one, more) == {}


@pytest.mark.parametrize("first", [1, 2])
def test_a_run_goes_on_with_other_processes_to_the_same_bits(
    federation: Federation,
    plan: LocalPlan,
    crew: Processes,
    alone: Any,
    tmp_path: Path,
    first: int,
    differences: Any,
) -> None:
    turns: tuple[int | Processes, ...] = (1, crew) if first == 1 else (crew, 1)
    for rounds, processes in zip((2, 5), turns, strict=True):
        history = train(
            federation,
            method("fedvarp"),
            rounds=rounds,
            plan=plan,
            measure=True,
            checkpoint=tmp_path / "run.npz",
            processes=processes,
            **SETTINGS,
        )
    assert differences(alone("fedvarp", "plain", 5), history) == {}


def test_a_loss_that_is_not_finite_names_the_same_client(
    federation: Federation, plan: LocalPlan, crew: Processes
) -> None:
    task = federation.tasks[0]
    inputs = task.train.inputs.clone()
    for client in (6, 2, 3):
        inputs[task.train.offsets[client]] = 3e38
    linear, data = nn.Linear(5, 3), replace(task.train, inputs=inputs)
    wild = replace(task, module=linear, train=data)
    said = set()
    for processes in (1, crew):
        with pytest.raises(TrainingError, match="round 0") as stopped:
            train(
                Federation(tasks=(wild,)),
                method("full"),
                rounds=2,
                plan=plan,
                processes=processes,
                **SETTINGS,
            )
        said.add((str(stopped.value), stopped.value.client))
    assert len(said) == 1
    assert train(federation, method("full"), rounds=1, plan=plan, processes=crew, **SETTINGS)


def test_networks_of_the_users_own_files_are_found(
    new_task: Any, crew: Processes, differences: Any
) -> None:
    federation = Federation(tasks=(replace(new_task("own", 1), module=Own()),))
    plan = LocalPlan(epochs=1)
    runs_ = [
        train(federation, method("full"), rounds=2, plan=plan, processes=processes, **SETTINGS)
        for processes in (1, crew)
    ]
    assert differences(*runs_) == {}


def test_what_cannot_be_sent_is_refused_and_the_processes_stay(
    federation: Federation, plan: LocalPlan, crew: Processes
) -> None:
    task = replace(federation.tasks[0], loss=lambda out, _: out.square().sum(dim=1))
    settings = SETTINGS | {"rounds": 1, "plan": plan, "processes": crew}
    with pytest.raises(InvalidProblemError, match="cannot be sent to other processes") as refused:
        train(Federation(tasks=(task,)), method("full"), **settings)
    assert "\n" not in str(refused.value)
    with pytest.raises(InvalidProblemError, match="design is 'fair'; choose from"):
        train(federation, method("full"), **settings, design="fair")
    assert train(federation, method("full"), **settings).rounds == 1
    with Processes(2) as others:  # several may be there at a time
        assert others.size == 2
        assert train(federation, method("full"), **settings | {"processes": others}).rounds == 1


def test_several_runs_share_the_processes(
    federation: Federation, plan: LocalPlan, crew: Processes, differences: Any
) -> None:
    methods = [method("random"), method("mifa")]
    settings = {"rounds": 2, "plan": plan, **SETTINGS}
    benches = [train_methods(federation, methods, 2, processes=p, **settings) for p in (1, crew)]
    for name in benches[0].methods:
        for one, other in zip(benches[0].histories[name], benches[1].histories[name], strict=True):
            assert differences(one, other) == {}


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_senseless_numbers_are_refused(federation: Federation, plan: LocalPlan, count: Any) -> None:
    with pytest.raises(InvalidProblemError, match=f"processes is {count}"):
        train(federation, method("full"), rounds=1, plan=plan, processes=count, **SETTINGS)
    with pytest.raises(InvalidProblemError, match="torchrun started no processes"):
        Processes()


def test_a_slip_does_not_start_a_thousand_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    with pytest.raises(InvalidProblemError, match=r"processes is 100000;.* at most \d+$"):
        Processes(100_000)


def test_every_process_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundlot.simulate.devices._gpus", lambda: 3)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    assert [own_device("auto", k, 3, size=3) for k in range(3)] == ["cuda:0", "cuda:1", "cuda:2"]
    assert own_device("cuda", 1, 2, size=4) == "cuda:1"
    assert own_device("cpu", 5, 9, size=9) == "cpu"
    assert own_device("cuda:2", 0, 1, size=1) == "cuda:2"
    with pytest.raises(InvalidProblemError, match=r"4 processes for 3 CUDA devices.*at most 3"):
        own_device("auto", 0, 4, size=4)
    with pytest.raises(InvalidProblemError, match="'cuda:1' for 2 processes"):
        own_device("cuda:1", 0, 2, size=2)
    with pytest.raises(InvalidProblemError, match="device is 'tpu'"):
        own_device("tpu", 0, 2, size=2)


@given(st.lists(st.integers(1, 1000), max_size=40), st.integers(1, 6))
def test_everything_is_dealt_once_and_nobody_gets_much_more(work: list[int], hands: int) -> None:
    pieces = np.array(work, dtype=np.int64)
    shares = deal(pieces, hands)
    assert sorted(np.concatenate(shares).tolist()) == list(range(len(work)))
    assert all(np.all(np.diff(share) > 0) for share in shares)
    least = max(pieces.sum() / hands, pieces.max(initial=0))
    assert max(pieces[share].sum() for share in shares) <= 2 * least
    assert not work or shares[0].size


@given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 6))
def test_runs_are_whole_blocks_in_order(n: int, block: int, hands: int) -> None:
    parts = runs(n, block, hands)
    assert len(parts) == hands
    assert [row for part in parts for row in range(n)[part]] == list(range(n))
    assert all(part.start % block == 0 for part in parts if part.start < part.stop)
    sizes = [-(-len(range(n)[part]) // block) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)
