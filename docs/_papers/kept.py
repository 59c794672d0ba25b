"""What of a training is in the folder: all of it, part of it, or runs of another code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from _papers.commands import Training
from roundlot.train import TrainSetup, load_bench, load_train_setup
from roundlot.train.folder import require_kept, rounds_kept
from roundlot.train.marks import files_of, steps_of

if TYPE_CHECKING:
    from roundlot.simulate.training import Bench


class Kept(NamedTuple):
    """How many of the runs that a command trains are complete."""

    name: str
    done: int
    asked: int

    @property
    def whole(self) -> bool:
        """Whether all are there."""
        return self.done == self.asked

    def __str__(self) -> str:
        return f"{self.done} of {self.asked} runs of {self.name!r} are there"


def setup_of(training: Training) -> TrainSetup:
    """The setup that a command of the page trains."""
    words = training.arguments
    given = {
        word.removeprefix("--"): words[at + 1]
        for at, word in enumerate(words[:-1])
        if word.startswith("--")
    }
    changes = {"seed": "seed", "seeds": "run.seeds", "rounds": "run.rounds"}
    numbers = {key: int(given[name]) for name, key in changes.items() if name in given}
    measured = {"run.measure": True} if "--measure" in words else {}
    setup = load_train_setup(words[1]).replaced({**numbers, **measured})
    if "methods" not in given:
        return setup
    return setup.with_methods([name.strip() for name in given["methods"].split(",")])


def kept(training: Training, folder: Path) -> Kept:
    """How far a training is.

    Raises:
        InvalidProblemError: runs of another setup, of other files, or by another code than today's;
            names what to remove.
    """
    setup, place = setup_of(training), folder / training.name
    pairs = [(method.name, seed) for method in setup.methods for seed in setup.seeds]
    if not (place / "setup.json").exists():
        return Kept(training.name, 0, len(pairs))
    require_kept(place, setup.document, steps=steps_of(setup), files=files_of(setup))
    done = [rounds_kept(place, *pair) >= setup.run.rounds for pair in pairs]
    return Kept(training.name, sum(done), len(pairs))


def whole_bench(training: Training, folder: Path) -> Bench:
    """The histories of a training that is whole: its own methods and seeds, whatever else is there.

    Raises:
        ValueError: runs with other seeds are there, too.
    """
    setup, bench = setup_of(training), load_bench(folder / training.name)
    if bench.seeds != setup.seeds:
        raise ValueError(
            f"{folder / training.name} has seeds {bench.seeds[0]} to {bench.seeds[-1]} and the page"
            f" {setup.seeds[0]} to {setup.seeds[-1]}; remove the others' runs"
        )
    names = [method.name for method in setup.methods]
    return replace(bench, histories={name: bench.histories[name] for name in names})
