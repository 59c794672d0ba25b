"""The long commands, on small work of a few seconds, and what of each result must not change."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

Seen = dict[str, str]

SCORES = "client,a,b\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n"
TRAIN = """
methods = ["random", "gvr"]
[tasks]
kind = "quadratics"
models = 2
clients = 6
[run]
rounds = {rounds}
seeds = 2
budget = 3
checkpoint_every = 2
"""
WORKERS = """
methods = ["d-psgd"]
[tasks]
kind = "quadratics"
[workers]
count = 6
graph = "ring"
[run]
rounds = 300
seeds = 2
checkpoint_every = 10
"""
SWEEP = """
name = "kills"
[sweep]
setups = ["s.csv"]
methods = ["optimum", "uniform", "clustered"]
designs = ["own", "systematic"]
seeds = 6
rounds = 5000
[vary]
problem.budget = [1.0, 1.5, 2.0, 2.5]
"""
FLEET = """
[fleet]
source = "tables"
clients = "clients.csv"
samples = "samples.csv"
[problem]
budget = 4.0
[scores]
source = "norms"
path = "samples.csv"
[bound]
smoothness = 1.0
strong_convexity = 0.1
initial_distance = 1.0
"""
_TIMED = (
    "created",
    "timing",
    "seconds",
    "elapsed",
    "versions",
    "method_seconds",
    "solve_seconds",
    "key",
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A command that takes seconds.

    Attributes:
        words: its arguments.
        target: what it writes; None for a command that prints.
        again: what has it go on where it stopped; nothing begins anew.
        grows: whether what is complete is kept, so that a stop leaves a part of the target.
        seen: what of the target must not depend on how often it was stopped.
        weight: how many of a hundred stops it gets.
    """

    words: tuple[str, ...]
    target: str | None = None
    again: tuple[str, ...] = ()
    grows: bool = False
    seen: Callable[[Path], Seen] = lambda _: {}
    weight: int = 8


def lay_out(folder: Path) -> None:
    """Write what the commands read."""
    many = 100_000
    rng = np.random.default_rng(7)
    texts = {
        "s.csv": SCORES,
        "train.toml": TRAIN.format(rounds=60),
        "processes.toml": TRAIN.format(rounds=30),
        "workers.toml": WORKERS,
        "sweep.toml": SWEEP,
        "fleet.toml": FLEET,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    clients = [f"d{k},1,{1 + 7 * k % 10},{2 + k % 3}\n" for k in range(40)]
    (folder / "clients.csv").write_text(
        "client,processors,speed,link\n" + "".join(clients), "utf-8"
    )
    samples = [f"d{k},{5 + 3 * k % 11}\n" for k in range(40)]
    (folder / "samples.csv").write_text("client,digits\n" + "".join(samples), "utf-8")
    columns = {"client": [f"c{i}" for i in range(many)]}
    scores = {name: rng.lognormal(size=many) for name in ("a", "b", "c")}
    pl.DataFrame(columns | scores).write_parquet(folder / "many.parquet", row_group_size=5_000)


def of_a_file(place: Path) -> Seen:
    """Its bytes."""
    return {place.name: hashlib.sha256(place.read_bytes()).hexdigest()}


def of_a_run(place: Path) -> Seen:
    """Its record without times, and its tables but for the columns of times."""
    record = json.dumps(_untimed(json.loads((place / "run.json").read_text("utf-8"))))
    names = {str(path.relative_to(place)): "" for path in place.rglob("*") if path.is_file()}
    return names | {"run.json": _digest(record.encode())}


def of_a_training(place: Path) -> Seen:
    """Every array of every run."""
    found = {}
    for path in sorted((place / "runs").glob("*.npz")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if not any(word in name for word in ("seconds", "elapsed", "settings", "setup")):
                    found[f"{path.name}/{name}"] = _digest(archive.read(name))
    return found


def of_a_sweep(place: Path) -> Seen:
    """Every row without its times; keys once each."""
    frame = pl.read_parquet(place / "results.parquet")
    if frame["key"].n_unique() != frame.height:
        return {"rows": "doubled"}
    kept = frame.drop([name for name in _TIMED if name in frame.columns and name != "key"])
    return {"rows": str(frame.height)} | {
        str(row[0]): _digest(repr(row).encode()) for row in kept.rows()
    }


def _untimed(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: _untimed(item)
            for name, item in value.items()
            if not any(word in name for word in _TIMED)
        }
    return [_untimed(item) for item in value] if isinstance(value, list) else value


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_SIMULATED = ("s.csv", "--budget", "2", "--rounds", "2000000")
JOBS = {
    "run": Job(
        weight=4,
        words=("run", "s.csv", "--budget", "2", "--rounds", "2000", "--out", "out"),
        target="out",
        seen=of_a_run,
    ),
    "train": Job(
        weight=12,
        words=("train", "train.toml", "--out", "out"),
        target="out",
        again=("--resume",),
        grows=True,
        seen=of_a_training,
    ),
    "train, two processes": Job(
        weight=5,
        words=("train", "processes.toml", "--processes", "2", "--out", "out"),
        target="out",
        again=("--resume",),
        grows=True,
        seen=of_a_training,
    ),
    "train, workers on a graph": Job(
        weight=10,
        words=("train", "workers.toml", "--out", "out"),
        target="out",
        again=("--resume",),
        grows=True,
        seen=of_a_training,
    ),
    "sweep": Job(
        weight=15,
        words=("sweep", "sweep.toml", "--out", "out", "--workers", "0"),
        target="out",
        again=("--resume",),
        grows=True,
        seen=of_a_sweep,
    ),
    "sweep, two workers": Job(
        weight=8,
        words=("sweep", "sweep.toml", "--out", "out", "--workers", "2"),
        target="out",
        again=("--resume",),
        grows=True,
        seen=of_a_sweep,
    ),
    "solve, a stream": Job(
        weight=12,
        words=(
            *("solve", "many.parquet", "--stream", "--budget", "300"),
            *("--floor", "0.0005", "--out", "out.parquet"),
        ),
        target="out.parquet",
        seen=of_a_file,
    ),
    "solve, saved": Job(
        weight=12,
        words=("solve", "many.parquet", "--budget", "300", "--out", "out.csv"),
        target="out.csv",
        seen=of_a_file,
    ),
    "explore": Job(
        weight=4,
        words=("explore", "s.csv", "--budget", "2", "--out", "out.html"),
        target="out.html",
        seen=of_a_file,
    ),
    "decide --fastest": Job(
        weight=6, words=("decide", "fleet.toml", "--fastest", "--megabits", "1", "--json")
    ),
    "simulate": Job(weight=8, words=("simulate", *_SIMULATED, "--json")),
    "verify": Job(
        weight=4, words=("verify", "s.csv", "--budget", "2", "--rounds", "100000", "--json")
    ),
    "doctor": Job(weight=2, words=("doctor",)),
    "plot": Job(weight=2, words=("plot", "before", "--out", "out"), target="out", grows=True),
}
