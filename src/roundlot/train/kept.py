"""A training's histories, read again from its folder."""

from __future__ import annotations

import re
from pathlib import Path

from roundlot.simulate.training import Bench, History
from roundlot.theory import InvalidProblemError
from roundlot.train.folder import earlier_setup
from roundlot.train.sources import file_name, read_methods

_SEED = re.compile(r"-seed(\d+)\.npz$")


def load_bench(folder: str | Path, *, confidence: float = 0.95) -> Bench:
    """The histories that ``roundlot train --out folder`` kept, for comparisons of any two methods.

    Methods are those of whom all seeds are there, under their names in the setup.

    Raises:
        FileExistsError: the folder is of something else.
        InvalidProblemError: no run is complete, or a file is no history.
    """
    place = Path(folder)
    names = [method.name for method in read_methods(earlier_setup(place).get("methods"))]
    runs = place / "runs"
    kept = {name: _seeds(runs, name) for name in names}
    seeds = tuple(sorted(set().union(*kept.values())))
    whole = [name for name in names if kept[name] == set(seeds)]
    if not seeds or not whole:
        raise InvalidProblemError(f"{place} has no method with every seed; go on with --resume")
    histories = {
        name: tuple(History.load(runs / f"{file_name(name)}-seed{k}.npz") for k in seeds)
        for name in whole
    }
    return Bench(histories=histories, seeds=seeds, confidence=confidence)


def _seeds(runs: Path, name: str) -> set[int]:
    stem = re.escape(file_name(name))
    found = (re.fullmatch(stem + _SEED.pattern, path.name) for path in runs.glob("*.npz"))
    return {int(match[1]) for match in found if match}
