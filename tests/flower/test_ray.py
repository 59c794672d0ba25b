"""The example app in Flower's simulation, with Ray, on this machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")
pytest.importorskip("ray", reason="Ray is an optional dependency: roundlot[flower]")

APP = Path(__file__).parents[2] / "examples" / "flower_app"
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def superlink(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server of our own, on free ports, gone afterwards; the environment of its clients."""
    first, second = free_port(), free_port()
    (tmp_path / "config.toml").write_text(
        f'[superlink]\ndefault = "own"\n\n[superlink.own]\naddress = "127.0.0.1:{first}"\n'
        "insecure = true\n",
        "utf-8",
    )
    environment = {
        **os.environ,
        "FLWR_HOME": str(tmp_path),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    server = subprocess.Popen(
        [
            str(BIN / "flower-superlink"), "--insecure", "--simulation",
            "--isolation", "subprocess", "--host", "127.0.0.1", "--port", str(first),
            "--control-api-address", f"127.0.0.1:{second}",
        ],
        env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(first)
        yield environment
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def test_flwr_run_trains_two_models(superlink: dict[str, str]) -> None:
    told = subprocess.run(
        [
            str(BIN / "flwr"), "run", str(APP), "--stream",
            "--federation-config", "num-supernodes=6 client-resources-num-cpus=1",
            "--run-config", "num-server-rounds=2 lost=0.3",
        ],
        env=superlink,
        capture_output=True,
        text=True,
        timeout=300,
    )  # fmt: skip
    out = told.stdout + told.stderr
    assert "Drawn by roundlot: rule norm, design independent" in out, out
    assert "parity/accuracy" in out
    assert "round 2: " in out, out


def test_compare_prints_its_table() -> None:
    told = subprocess.run(
        [sys.executable, str(APP / "compare.py"), "--rounds", "1", "--seeds", "1"],
        env={**os.environ, "FLWR_TELEMETRY_ENABLED": "0", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    rows = {line[:18].strip(): line.split() for line in told.stdout.splitlines()[-4:]}
    assert set(rows) == {"FedAvg", "roundlot random", "roundlot lvr", "roundlot norm"}, told.stderr
    assert float(rows["FedAvg"][-1]) > 10.0  # |z| of the weights' bias, exact at 0 for the others
    assert all(float(row[-1]) < 5.0 for name, row in rows.items() if name != "FedAvg")


@pytest.mark.parametrize("strategy", ["lot", "FedAdam"])
def test_the_template_goes_on_after_a_restart(
    strategy: str, superlink: dict[str, str], tmp_path: Path
) -> None:
    pytest.importorskip("flwr_datasets", reason="the template deals its data by flwr-datasets")
    template = APP.with_name("flower_template")
    for rounds in ((1, 2), (3, 4)):
        told = subprocess.run(
            [
                str(BIN / "flwr"), "run", str(template), "--stream",
                "--federation-config", "num-supernodes=4 client-resources-num-cpus=1",
                "--run-config",
                f"num-server-rounds=2 strategy='{strategy}' folder='{tmp_path / 'kept'}'",
            ],
            env=superlink,
            capture_output=True,
            text=True,
            timeout=300,
        )  # fmt: skip
        out = told.stdout + told.stderr
        for number in rounds:  # the clients do not hold the same, which nobody knows at first
            assert re.search(f"round {number}: 3 drawn of 4, (biased|conditional): ", out), out
        assert ("goes on after round 2" in out) == (rounds == (3, 4)), out
        assert f"round {rounds[0] - 1}: " not in out


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(120):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise TimeoutError(f"nobody listens on port {port}")
