"""A plan's document, whoever wrote it: read, and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.certificates import Findings
from roundlot.theory.certificates.document import LATER, digest_of
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plan_document import (
    FORMAT,
    NUMBERS,
    OWN,
    UNDER_CEILINGS,
    VERSION,
)
from roundlot.theory.certificates.plans import (
    OnlinePlan,
    Plan,
    RoundsPlan,
    SeveralPlan,
    UncertainPlan,
)
from roundlot.theory.json_text import AlteredError, UnreadableError, version_of
from roundlot.verify.exact.arrays import Array, entry, read_array
from roundlot.verify.exact.documents import listed, prices_in, problem_in, require_keys
from roundlot.verify.exact.judgement import Judgement

NEEDED = ("format", "version", "kind", "parts", *NUMBERS)
NOTES = ("method", "notes", "software")
PART = ("problem_sha256", "problem", "probabilities", "prices")
MOST = 10_000  # rounds in one plan


def judge_plan(document: Any, folder: Path) -> Judgement:
    """The judgement of a parsed document whose arrays lie in ``folder``.

    Raises:
        UnreadableError: it is no plan of this version, or something is missing or misshapen.
    """
    try:
        plan = plan_in(document, folder)
    except (AlteredError, InvalidProblemError) as error:
        return Judgement(findings=Findings(complaints=(str(error),)), entries=0)
    return Judgement(findings=plan.findings(), entries=plan.entries)


def plan_in(document: Any, folder: Path) -> Plan:
    """What a document claims.

    Raises:
        UnreadableError: as `judge_plan`.
        AlteredError: an array beside it is not the one that it was written with.
        InvalidProblemError: a limit or weight is negative, NaN, infinite or of no sense.
    """
    version_of(document, FORMAT, (VERSION,))
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in OWN:
        raise UnreadableError(f"it has the kind {kind!r:.40}; known are {', '.join(OWN)}")
    more = UNDER_CEILINGS.get(kind)
    extra = (more,) if more is not None and more in document else ()
    require_keys(document, "the document", (*NEEDED, *OWN[kind], *extra), NOTES)
    given = listed(document["parts"], "parts")
    if not given or len(given) > MOST or (len(given) > 1 and kind != RoundsPlan.kind):
        raise UnreadableError(f"there are {len(given)} parts")
    parts = [_part(part, f"parts[{r}]", folder) for r, part in enumerate(given)]
    numbers = {name: entry(document[name], name) for name in NUMBERS}
    return READERS[kind](_Own(document, folder, parts), **numbers)


def _part(given: Any, name: str, folder: Path) -> Part:
    require_keys(given, name, PART)
    if given["problem_sha256"] != digest_of(given["problem"]):
        raise AlteredError(f"the problem of {name} has another sha256 than the document says")
    problem = problem_in(given["problem"], folder, LATER)
    prices, of_variances = prices_in(given["prices"], problem, folder)
    if of_variances is not None:
        raise UnreadableError(f"{name} has prices of variances, which no plan has")
    shape = problem.scores.shape
    return Part(
        problem=problem,
        probabilities=read_array(
            given["probabilities"], f"{name}.probabilities", folder, shape, "number"
        ),
        prices=prices,
    )


class _Own:
    """What a document of some kind holds beside its parts."""

    def __init__(self, document: Mapping[str, Any], folder: Path, parts: list[Part]) -> None:
        self.document, self.folder, self.parts = document, folder, parts

    def number(self, name: str) -> float:
        """One number."""
        return float(entry(self.document[name], name))

    def array(self, name: str, shape: tuple[int, ...]) -> Array:
        """An array of that shape."""
        return read_array(self.document[name], name, self.folder, shape, "number")

    def layers(self, name: str) -> Array:
        """``(R, V, S)``, however many there are."""
        value = self.document[name]
        size = value.get("shape") if isinstance(value, dict) else value
        count = size[0] if isinstance(value, dict) and isinstance(size, list) and size else None
        count = len(value) if isinstance(value, list) else count
        if type(count) is not int or count < 1:
            raise UnreadableError(f"{name} must be a list of tables, one for each quantity")
        return self.array(name, (count, *self.shape))

    @property
    def part(self) -> Part:
        """The only one."""
        return self.parts[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """``(V, S)`` of the only part."""
        return self.part.problem.scores.shape


def _uncertain(own: _Own, **numbers: float) -> Plan:
    more = UNDER_CEILINGS[UncertainPlan.kind]
    has = more in own.document
    return UncertainPlan(
        part=own.part,
        highest=own.array("highest", own.shape),
        deviations=own.number("deviations"),
        shares=own.array("shares", own.shape),
        ceiling_shares=own.array(more, own.shape) if has else None,
        **numbers,
    )


def _online(own: _Own, **numbers: float) -> Plan:
    chance = own.array("online", own.shape[:1])
    return OnlinePlan(part=replace(own.part, chance=chance, apart=True), **numbers)


def _rounds(own: _Own, **numbers: float) -> Plan:
    chances = None
    parts = own.parts
    if own.document["chances"] is not None:
        chances = own.array("chances", (len(parts),))
        parts = [
            replace(part, chance=np.full(part.problem.n_processors, chance))
            for part, chance in zip(parts, chances.tolist(), strict=True)
        ]
    return RoundsPlan(
        rounds=tuple(parts),
        chances=chances,
        budget=own.number("budget"),
        price=own.number("price"),
        **numbers,
    )


def _several(own: _Own, **numbers: float) -> Plan:
    variables = own.layers("variables")
    shape = (len(variables), own.shape[1])
    return SeveralPlan(
        part=own.part,
        variables=variables,
        ceilings=own.array("ceilings", shape),
        cost=own.array("cost", own.shape),
        ceiling_prices=own.array("ceiling_prices", shape),
        **numbers,
    )


#: What reads a plan of each kind.
READERS: dict[str, Callable[..., Plan]] = {
    UncertainPlan.kind: _uncertain,
    OnlinePlan.kind: _online,
    RoundsPlan.kind: _rounds,
    SeveralPlan.kind: _several,
}
