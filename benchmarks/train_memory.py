"""Peak memory of `roundlot train` with 10,000 clients, a process for each method.

Three models, networks 64-64-10 on scikit-learn's digits, 14 samples a client on average, three
rounds, all files written: what a user's command takes, from its start to its end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row, megabytes
from roundlot.simulate.methods import METHODS
from roundlot.simulate.resident_memory import peak_bytes
from roundlot.train import TrainSetup, run_training

CLIENTS, MOST = 10_000, 2e9


def setup(method: str, clients: int = CLIENTS, *, measure: bool = False) -> TrainSetup:
    """The setup of the table."""
    return TrainSetup.of(
        {
            "methods": [method],
            "tasks": {"kind": "digits", "models": 3, "clients": clients},
            "local": {"epochs": 1},
            "run": {"rounds": 3, "seeds": 1, "checkpoint_every": 2, "measure": measure},
        },
        name=f"{clients:,} clients",
    )


def rows() -> Iterator[Row]:
    """A row a method, then two with every round measured: no memory, and a biased one with it."""
    for method in METHODS:
        yield _row(method, *_found(method))
    for method in ("random", "mifa"):
        yield _row(f"{method}, measured", *_found(method, "--measure"))


def _found(*given: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.train_memory", *given]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout.splitlines()[-1])
    return found["peak"], found["kept"]


def _row(what: str, peak: float, kept: float) -> Row:
    return Row(
        what=f"{what}: peak memory, {CLIENTS:,} clients",
        measured=megabytes(peak),
        against=f"2 GB; checkpoint {megabytes(kept)}",
        ratio=peak / MOST,
        goal="<= 1",
        holds=peak <= MOST,
    )


def _train(method: str, measure: bool) -> None:
    """Print the peak of this process, and the size of the run's last checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "out")
        run_training(setup(method, measure=measure), place)
        kept = sum(file.stat().st_size for file in place.rglob("*.npz"))
    print(json.dumps({"peak": peak_bytes(), "kept": kept}))


if __name__ == "__main__":
    _train(sys.argv[1], "--measure" in sys.argv[2:])
