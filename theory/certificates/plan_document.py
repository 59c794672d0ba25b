"""The plain form of a plan, as that of a claim is in `document`: what its file holds."""

from __future__ import annotations

from typing import Any

from roundlot.theory.certificates.document import (
    Files,
    digest_of,
    number,
    plain,
    plain_prices,
    plain_problem,
)
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plans import (
    OnlinePlan,
    Plan,
    RoundsPlan,
    SeveralPlan,
    UncertainPlan,
)

FORMAT = "roundlot-plan"
VERSION = 1
NUMBERS = ("objective", "lower_bound", "gap")
#: What a file of each kind holds beside what all hold.
OWN = {
    UncertainPlan.kind: ("highest", "deviations", "shares"),
    OnlinePlan.kind: ("online",),
    RoundsPlan.kind: ("chances", "budget", "price"),
    SeveralPlan.kind: ("variables", "ceilings", "cost", "ceiling_prices"),
}
#: What it may hold besides, where the problem has ceilings of variances.
UNDER_CEILINGS = {UncertainPlan.kind: "ceiling_shares"}


def plan_document(plan: Plan, stem: str, **notes: str) -> tuple[dict[str, Any], Files]:
    """The document of a plan, and the files that it names, their names beginning with ``stem``."""
    files: Files = {}

    def put(name: str, value: Any) -> Any:
        return plain(f"{stem}.{name}", value, files)

    document = {
        "format": FORMAT,
        "version": VERSION,
        **notes,
        "kind": plan.kind,
        **{name: _own(plan, name, put) for name in _named(plan)},
        "parts": [_part(part, f"{r}.", put) for r, part in enumerate(plan.parts)],
        **{name: number(getattr(plan, name)) for name in NUMBERS},
    }
    return document, files


def _named(plan: Plan) -> tuple[str, ...]:
    more = UNDER_CEILINGS.get(plan.kind)
    some = more is not None and getattr(plan, more) is not None
    return (*OWN[plan.kind], more) if some and more is not None else OWN[plan.kind]


def _own(plan: Plan, name: str, put: Any) -> Any:
    if isinstance(plan, OnlinePlan):
        return put(name, plan.part.chance)
    return put(name, getattr(plan, name))


def _part(part: Part, at: str, put: Any) -> dict[str, Any]:
    def own(name: str, value: Any) -> Any:
        return put(f"{at}{name}", value)

    problem = plain_problem(part.problem, own, every=True)
    return {
        "problem_sha256": digest_of(problem),
        "problem": problem,
        "probabilities": own("probabilities", part.probabilities),
        "prices": plain_prices(part.problem, part.prices, own),
    }
