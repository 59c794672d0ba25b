"""Every method of training, with every choice of its settings, against all draws of three clients.

Nothing is listed here: a new method, or a new choice, is tested because it is registered. One that
draws by chance in a way that is not known here fails until all that it can draw is counted out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from importlib import import_module
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from roundlot.simulate.methods import METHODS, clustered, group_sampling, md
from roundlot.simulate.training.bias import copied
from roundlot.simulate.training.lot import Lot
from roundlot.solvers.rules.data_size import trials
from roundlot.theory import InvalidProblemError
from roundlot.theory.random_streams import SeededStream

ONLINE = np.array([1.0, 0.5, 0.75])  # in binary fractions
ACCURACY = (0.9, 0.4)
CLOSE = Fraction(1, 10**12)  # weights are floats, each within an ulp of d/p


class Branch:
    """One of all ways that chance can go: told what it may choose, it takes the next in turn."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.left: list[int] = []
        self.chance = Fraction(1)
        self.step = 0

    def begin(self) -> None:
        self.chance, self.step = Fraction(1), 0

    def of(self, chances: list[Fraction]) -> int:
        """The number of the outcome that this branch takes, among those that can happen."""
        able = [number for number, chance in enumerate(chances) if chance > 0]
        if self.step == len(self.taken):
            self.taken.append(0)
            self.left.append(len(able) - 1)
        choice = able[self.taken[self.step]]
        self.step += 1
        self.chance *= chances[choice]
        return choice

    def over(self) -> bool:
        """Whether there is no further branch; else the next one is begun."""
        while self.left and not self.left[-1]:
            self.taken.pop()
            self.left.pop()
        if not self.left:
            return True
        self.taken[-1] += 1
        self.left[-1] -= 1
        return False


def exact(chances: Any) -> list[Fraction]:
    """Chances as the rational numbers that their floats are, and the rest for nobody."""
    told = [Fraction(float(chance)) for chance in np.ravel(chances)]
    rest = 1 - sum(told)
    assert rest > -Fraction(1, 10**12)
    return [*told, max(rest, Fraction(0))]


def variants(name: str) -> Iterator[dict[str, Any]]:
    """Settings by default, and every choice of every setting that has a fixed number of them."""
    file, kind = METHODS[name]
    record = getattr(import_module(f"roundlot.simulate.methods.{file}"), kind)
    hints, choices = get_type_hints(record), {}
    for field in fields(record):
        hint = hints[field.name]
        if hint is bool:
            choices[field.name] = [False, True]
        elif get_origin(hint) is Literal:
            choices[field.name] = list(get_args(hint))
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def made(name: str, settings: dict[str, Any]) -> Any:
    file, kind = METHODS[name]
    return getattr(import_module(f"roundlot.simulate.methods.{file}"), kind)(**settings)


CASES = [(name, settings) for name in METHODS for settings in variants(name)]
UNBIASED = [case for case in CASES if made(*case).label.startswith("unbiased")]


def game_of(world: Any, method: Any) -> Any:
    """A game of this method; who classifies is said to, who must know availability is told it."""
    try:
        return world.game(method)
    except InvalidProblemError as error:
        if "clients are always there" in str(error):
            return world.game(method, world.federation(ONLINE))
        if "does not classify" in str(error):
            clients = world.federation()
            for task in clients.tasks:
                object.__setattr__(task, "loss", "cross entropy")
                vars(task).pop("measures", None)
            game = world.game(made("full", {}))
            game.memory, game.method, game.accuracy = method.init(clients, ()), method, ACCURACY
            return game
        raise


def drawing(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Lot]:
    """Every source of chance in a round takes this branch; others are an error."""

    def lot(table: Any) -> Lot:
        rows = [branch.of(exact(row)) for row in table]
        picks = [row if row < table.shape[1] else -1 for row in rows]
        return Lot(probabilities=table, picks=np.array(picks), client=np.arange(len(table)))

    def pairs(expected: Any, _: Any) -> Any:
        counts, shares = np.zeros(expected.size + 1, np.int64), exact(expected / trials(expected))
        for _draw in range(trials(expected)):
            counts[branch.of(shares)] += 1
        return counts[:-1].reshape(expected.shape)

    def one_each(table: Any, labels: Any, _: Any) -> Any:
        picks = np.full(len(labels), -1, dtype=np.int64)
        for label in range(labels.max() + 1):
            rows = np.flatnonzero(labels == label)
            place = branch.of(exact(table[rows]))
            if place < table[rows].size:
                row, model = divmod(place, table.shape[1])
                picks[rows[row]] = model
        return picks

    def turn(seed: int, start: int, groups: int) -> int:
        return branch.of([Fraction(1, groups)] * groups)

    def unknown(self: Any, *numbers: int) -> Any:
        class Refused:
            def __getattr__(self, name: str) -> Any:
                raise AssertionError(f"chance that is not counted out here: {name}")

        return Refused()

    monkeypatch.setattr(md, "_draw", pairs)
    monkeypatch.setattr(clustered, "_draw", one_each)
    monkeypatch.setattr(group_sampling, "first_turn", turn)
    monkeypatch.setattr(SeededStream, "generator", unknown)
    return lot


def every_step(start: Any, monkeypatch: Any, there: Any) -> Iterator[Any]:
    """``(chance, moves, step)`` of every draw of the round that comes next."""
    branch = Branch()
    lot = drawing(branch, monkeypatch)
    while True:
        branch.begin()
        game = replace(start, memory=copied(start.memory), at=start.at.copy())
        moves, step, _ = game.play(draw=lot, there=there)
        yield branch.chance, moves, step
        if branch.over():
            return


def presences(label: str) -> list[tuple[Fraction, Any]]:
    """Who is there, with which probability: all, or all ways for who knows the probabilities."""
    if "over who is there" not in label:
        return [(Fraction(1), (1, 1, 1))]
    found = []
    for there in itertools.product((0, 1), repeat=3):
        pairs = zip(ONLINE, there, strict=True)
        chances = [Fraction(p) if here else 1 - Fraction(p) for p, here in pairs]
        found.append((chances[0] * chances[1] * chances[2], there))
    return [(chance, there) for chance, there in found if chance]


@pytest.mark.parametrize("away", [False, True], ids=["all", "one away"])
@pytest.mark.parametrize(("name", "settings"), UNBIASED, ids=str)
def test_a_method_that_says_unbiased_is(
    name: str, settings: dict[str, Any], away: bool, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = made(name, settings)
    label = method.label
    start = game_of(world, method)
    for _ in range(2):  # so that something is remembered
        start.play(there=(1, 1, 1))
    rounds = 2 if "over the turns" in label else 1
    cases = [(Fraction(1), (1, 0, 1))] if away else presences(label)
    if away and "over who is there" in label:
        pytest.skip("the mean over who is there is counted out with all")
    weights = np.full((3, 2), Fraction(0), dtype=object)
    mean, total, moving = np.zeros(2), Fraction(0), np.zeros(2, bool)
    for shift in range(rounds):
        begun = replace(start, index=start.index + shift)
        for likely, there in cases:
            for chance, moves, step in every_step(begun, monkeypatch, there):
                part = likely * chance / rounds
                total += part
                mean += float(part) * moves
                for s, row in enumerate(step.fresh_weights):
                    moving[s] |= bool(row.any())
                    weights[:, s] += [part * Fraction(float(x)) for x in row]
    assert abs(total - 1) < CLOSE
    assert moving.any()
    assert moving.all() or "in a model's turns" in label
    counts = world.counts * np.array(cases[0][1])[:, None] if away else world.counts
    due = counts / (world.counts if "of those away" in label else counts).sum(axis=0)
    fresh = world.learnt(start.at)
    if name == "scaffold":
        own = np.stack([np.asarray(start.memory[f"client {s}"])[:, 0] for s in range(2)], axis=1)
        fresh = world.learnt(start.at, (world.shares * own).sum(axis=0) - own)
    for s in np.flatnonzero(moving):
        assert all(abs(weights[i, s] - Fraction(due[i, s])) < CLOSE for i in range(3))
        if "of those away" not in label or not away:
            world.close(mean[s], (due * fresh).sum(axis=0)[s])


def test_methods_of_every_kind_are_there() -> None:
    """What is found is not nothing, and all that can be unbiased with some setting is in it."""
    names = {name for name, _ in UNBIASED}
    assert {"full", "md", "clustered", "scaffold", "round-robin", "group-sampling"} <= names
    assert set(METHODS) - names == {
        *("power-of-choice", "fedavg", "mifa", "mifa-present", "q-fedavg", "q-tilted", "auction"),
    }
    assert len(UNBIASED) > 30
