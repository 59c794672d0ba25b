"""The structure of proofs broken in one place: refused, or true and on the list of survivors."""

import pytest

from roundlot.theory.theorems import CATALOGUE, named

from . import statements
from .mutants import mutants
from .survivors import listed, surviving

# Why a mutant of each class that the kernel accepts is true.
REASONS = {
    statements.SAME: "the statement is as it was; its order, chart, terms or witness differ",
    statements.MORE: "what holds under fewer assumptions holds under more",
    statements.WEAKER: "an equality implies the inequality; a bound need not be called attained",
    statements.LESS: "no step divides by it, needs its sign or uses its other direction, or what "
    "is still assumed implies it",
    statements.CITED: "an unknown, vector or sequence of a cited theorem is free: it may be any "
    "other, also one that has a name already; and an identity holds of all vectors",
    statements.OTHER: "no step uses what was changed: the condition or the square of the root is "
    "not needed, the point is multiplied by 0 in the assumption, or a constant counts squared",
}
LISTED = listed()
QUICK = (
    *("unbiased", "cauchy_schwarz", "floored_variance", "stale_helps"),
    *("water_filling_priced", "cocoercivity", "growing_best_steps"),
    *("pooled_batch", "expected_batch", "mixing", "column_drift", "leader_weights"),
)


@pytest.mark.parametrize("name", QUICK)
def test_every_mutant_is_refused_but_those_that_are_true(name):
    assert surviving(name) == LISTED[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in CATALOGUE if one.name not in QUICK])
def test_every_mutant_of_other_theorems_is_refused_but_those_that_are_true(name):
    assert surviving(name) == LISTED[name]


def test_every_theorem_is_listed_and_every_class_of_survivors_has_its_reason():
    assert list(LISTED) == [one.name for one in CATALOGUE]
    assert {kind for kinds in LISTED.values() for kind in kinds} <= set(REASONS)


def test_most_mutants_are_refused():
    for name in QUICK[:4]:
        count = sum(map(len, LISTED[name].values()))
        assert 4 * count < len(list(mutants(named(name).data)))
