"""The structure of proofs broken in one place: refused, or true and on the list of survivors."""

import json
from functools import cache
from pathlib import Path

import pytest

from roundlot.theory.proofs.hypotheses import Proved
from roundlot.theory.proofs.judging import prove
from roundlot.theory.theorems import CATALOGUE, named

from . import statements
from .mutants import mutants, read, survivors

# Why a mutant of each class that the kernel accepts is true.
REASONS = {
    statements.SAME: "the statement is as it was; its order, chart, terms or witness differ",
    statements.MORE: "what holds under fewer assumptions holds under more",
    statements.WEAKER: "an equality implies the inequality; a bound need not be called attained",
    statements.LESS: "no step divides by it, needs its sign or uses its other direction",
    statements.CITED: "an unknown of a cited theorem is free, and an identity holds of all vectors",
    statements.OTHER: "no step uses what was changed: the condition or the square of the root is "
    "not needed, or the point is multiplied by 0 in the assumption",
}
FILE = Path(__file__).with_name("survivors.json")
LISTED = json.loads(FILE.read_text("utf-8"))
QUICK = (
    *("unbiased", "cauchy_schwarz", "floored_variance", "stale_helps"),
    *("water_filling_priced", "cocoercivity", "growing_best_steps"),
)


@cache
def proved(name: str) -> dict[str, Proved]:
    found: dict[str, Proved] = {}
    for data in named(name).document()["theorems"]:
        found[data["name"]] = prove(read(data), found)
    return {key: one for key, one in found.items() if key != name}


def surviving(name: str) -> dict[str, list[str]]:
    data = named(name).data
    found: dict[str, list[str]] = {}
    for what, mutant in survivors(data, proved(name)):
        found.setdefault(statements.relation(data, mutant), []).append(what)
    return found


@pytest.mark.parametrize("name", QUICK)
def test_every_mutant_is_refused_but_those_that_are_true(name):
    assert surviving(name) == LISTED[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in LISTED if name not in QUICK])
def test_every_mutant_of_other_theorems_is_refused_but_those_that_are_true(name):
    assert surviving(name) == LISTED[name]


def test_every_class_of_survivors_has_its_reason():
    assert {kind for kinds in LISTED.values() for kind in kinds} <= set(REASONS)
    assert set(LISTED) <= {t.name for t in CATALOGUE}


def test_most_mutants_are_refused():
    for name in QUICK[:4]:
        count = sum(map(len, LISTED[name].values()))
        assert 4 * count < len(list(mutants(named(name).data)))
