"""The structure of proofs broken in one place: each mutant is refused."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from roundlot.theory.proofs import RefusedError, UnreadableError
from roundlot.theory.proofs.documents import FORMAT, VERSION, theorems
from roundlot.theory.proofs.judging import prove
from roundlot.theory.theorems import named

Data = dict[str, Any]


def read(data: Data) -> Any:
    return theorems({"format": FORMAT, "version": VERSION, "theorems": [data]})[0]


def lists(data: Data) -> Iterator[tuple[str, list[str | int]]]:
    """Where the parts of a proof stand that it cannot do without."""
    yield from ((part, [part]) for part in ("steps", "assumptions", "unknowns", "sequences"))
    for at, step in enumerate(data["steps"]):
        yield "terms", ["steps", at, "terms"]
        for term, one in enumerate(step["terms"]):
            if "cited" in one["use"]:
                for part in ("names", "vectors", "sequences"):
                    path = ["steps", at, "terms", term, "use", "cited", "substitution", part]
                    yield f"substituted {part}", path
    if "witness" in data:
        yield from ((f"witness {p}", ["witness", p]) for p in ("basis", "vectors", "sequences"))


def at(data: Data, path: list[str | int]) -> Any:
    for key in path:
        data = data.get(key, {}) if isinstance(data, dict) else data[key]
    return data


def without_one(data: Data) -> Iterator[tuple[str, Data]]:
    for what, path in lists(data):
        part = at(data, path)
        for key in range(len(part)) if isinstance(part, list) else list(part):
            mutant = deepcopy(data)
            del at(mutant, path)[key]
            yield f"{what} without one", mutant


def one_twice(data: Data) -> Iterator[tuple[str, Data]]:
    for what, path in lists(data):
        for key, one in enumerate(at(data, path)):
            if isinstance(at(data, path), list):
                mutant = deepcopy(data)
                at(mutant, path).insert(key, deepcopy(one))
                yield f"{what} with one twice", mutant


def retyped(data: Data) -> Iterator[tuple[str, Data]]:
    for side in ("left", "right"):
        mutant = deepcopy(data)
        mutant["claim"][side] = ["+", mutant["claim"][side], 1]
        yield f"claim with one more on the {side}", mutant
    for step in range(len(data["steps"])):
        for term in range(len(data["steps"][step]["terms"])):
            mutant = deepcopy(data)
            chosen = mutant["steps"][step]["terms"][term]
            chosen["times"] = ["-", chosen["times"]]
            yield "negated multiplier", mutant
    for place in range(len(data.get("assumptions", []))):
        mutant = deepcopy(data)
        mutant["assumptions"][place].update(kind="given", objects={"greater": 1, "smaller": 0})
        yield "retyped assumption", mutant
    if "induction" in data:
        mutant = deepcopy(data)
        del mutant["induction"]
        yield "no induction", mutant


def survivors(theorem: Any, proved: dict[str, Any]) -> list[str]:
    found = []
    for kind in (without_one, one_twice, retyped):
        for what, mutant in kind(theorem.data):
            try:
                prove(read(mutant), proved)
            except (RefusedError, UnreadableError):
                continue
            found.append(f"{theorem.name}: {what}")
    return found


# What still stands, because it is true: a term that spells out an abbreviation is 0 = 0,
# times anything; a goal of its own that nothing cites is a statement beside the claim.
SURVIVING = {
    "batch_sum": set(),
    "water_filling": set(),
    "water_filling_priced": set(),
    "expected_smoothness": set(),
    "cauchy_schwarz": set(),
    "cocoercivity": set(),
    "one_step": set(),
    "best_steps": {"steps without one"},
    "constant_step": {"terms without one", "terms with one twice", "negated multiplier"},
}


@pytest.mark.parametrize("name", SURVIVING)
def test_every_mutant_is_refused_but_those_that_are_true(name):
    theorem, proved = named(name), dict[str, Any]()
    for cited in theorem.document()["theorems"]:
        proved[cited["name"]] = prove(read(cited), proved)
    found = {one.split(": ")[1] for one in survivors(theorem, proved)}
    assert found == SURVIVING[name]
