"""The plain form of a claim: what a certificate's file holds, and which arrays lie beside it.

Floats are written as the shortest decimals that give them back exactly. A number that JSON cannot
hold is ``{"number": "Infinity"}``, ``{"number": "-Infinity"}`` or ``{"number": "NaN"}``.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import Claim, Goal, Prices
from roundlot.theory.json_text import as_json
from roundlot.theory.problem import Problem

FORMAT = "roundlot-certificate"
VERSION = 4
FIRST = 1  # what has none of `LATER` is written as it always was
SECOND = 2  # what has no exponents of prices of variances
THIRD = 3  # whose numbers are in the unit of the problem
INLINE = 1000  # numbers; a longer array lies beside the document, as .npy
PROBLEM = (
    *("scores", "budget", "available", "processor_cap", "floor", "ceiling"),
    *("client", "client_cap", "groups", "group_caps", "model_budgets", "costs", "cost_budgets"),
    *("model_weights", "weights"),
)
# since version 2
LATER = ("client_floor", "group_floors", "model_floors", "model_variance_ceilings")
EXPONENTS = "variance_exponents"  # since version 3, of prices
NUMBERS = ("objective", "lower_bound", "gap", "variance")
OPTIONAL = "variance_gap"  # a number that may be there, of goal "sum"
UNIT = "unit"  # since version 4: the numbers are in units of 4**unit

Files = dict[str, bytes]


def document_of(claim: Claim, stem: str, **notes: str) -> tuple[dict[str, Any], Files]:
    """The document of a claim, and the files that it names, their names beginning with ``stem``."""
    files: Files = {}

    def put(name: str, value: Any) -> Any:
        return plain(f"{stem}.{name}", value, files)

    problem = plain_problem(
        claim.problem, put, every=claim.variance_exponents is not None or claim.unit != 0
    )
    document = {
        "format": FORMAT,
        "version": _version(claim, problem),
        **notes,
        "goal": _goal(claim.goal, put),
        "problem_sha256": digest_of(problem),
        "problem": problem,
        "probabilities": put("probabilities", claim.probabilities),
        "prices": plain_prices(claim.problem, claim.prices, put, claim.variance_prices),
        **{name: number(getattr(claim, name)) for name in NUMBERS},
    }
    if claim.variance_gap is not None:
        document[OPTIONAL] = number(claim.variance_gap)
    if claim.unit:
        document[UNIT] = claim.unit
    if claim.variance_exponents is not None:
        document["prices"][EXPONENTS] = put("prices.variance_exponents", claim.variance_exponents)
    return document, files


def _version(claim: Claim, problem: Mapping[str, Any]) -> int:
    """The first that knows all that is there."""
    if claim.unit:
        return VERSION
    if claim.variance_exponents is not None:
        return THIRD
    return SECOND if any(name in problem for name in LATER) else FIRST


def digest_of(problem: Mapping[str, Any]) -> str:
    """SHA-256 of a problem's plain form: keys in order, no spaces, floats as Python writes them."""
    text = json.dumps(problem, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def number(value: float | None) -> Any:
    """A number as JSON has it; null where nothing is said."""
    return None if value is None else as_json(value)


def _goal(goal: Goal, put: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": goal.name}
    for name in ("alpha", "weight"):
        if getattr(goal, name) is not None:
            found[name] = number(getattr(goal, name))
    for name in ("cost", "ceilings"):
        if getattr(goal, name) is not None:
            found[name] = put(name, getattr(goal, name))
    return found


def plain_problem(problem: Problem, put: Any, *, every: bool = False) -> dict[str, Any]:
    """Its limits by name, of ``LATER`` those that it has, or ``every`` one.

    ``put`` makes a value plain, by the name of its file if it needs one.
    """
    given = {name: getattr(problem, name) for name in PROBLEM}
    if not problem.has_budget:
        given["budget"] = None
    later = problem.sum_floors() or problem.model_variance_ceilings is not None
    if every or later or not problem.has_budget:
        given |= {name: getattr(problem, name) for name in LATER}
    if problem.available.all():
        given["available"] = None
    found = {name: put(name, value) for name, value in given.items()}
    if problem.model_variance_ceilings is not None:
        ceilings = problem.model_variance_ceilings.tolist()
        found[LATER[-1]] = [None if x == math.inf else number(x) for x in ceilings]
    return found


def plain_prices(
    problem: Problem, prices: Prices, put: Any, variances: FloatArray | None = None
) -> dict[str, Any]:
    """Prices of a problem's limits by name, and of its models' ``variances``; ``put`` as above."""
    floors = {"floors": put("prices.floors", prices.floors)} if prices.floors else {}
    if problem.model_variance_ceilings is not None:
        floors["ceilings"] = put("prices.ceilings", prices.ceilings)
    return {
        **floors,
        "exponent": prices.exponent,
        "budget": number(prices.budget),
        "processors": put("prices.processors", prices.processors),
        "levels": put("prices.levels", prices.levels),
        "models": put("prices.models", prices.models),
        "costs": put("prices.costs", prices.costs),
        "variances": put("prices.variances", variances),
    }


def plain(name: str, value: Any, files: Files) -> Any:
    """A value as JSON has it; a long array goes into ``files`` under a name that begins so."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return [plain(f"{name}{depth}", item, files) for depth, item in enumerate(value)]
    if not isinstance(value, np.ndarray):
        return number(float(value))
    listed = name.endswith(
        (".cost_budgets", ".scores", ".variables")
    )  # their shape says how many there are
    if value.dtype.kind == "f" and value.size > 1 and not listed and _is_constant(value):
        return number(float(value.flat[0]))
    if value.size <= INLINE:
        return _listed(value.tolist())
    return _beside(name, value, files)


def _is_constant(value: npt.NDArray[Any]) -> bool:
    return bool(np.all(value == value.flat[0]))


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return [_listed(item) for item in value]
    return number(value) if isinstance(value, float) else value


def _beside(name: str, value: npt.NDArray[Any], files: Files) -> Mapping[str, Any]:
    """Named by its content too, so that a document never points at the array of another one."""
    kind = {"f": "<f8", "b": "|b1", "i": "<i8"}[value.dtype.kind]
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(value, dtype=kind), allow_pickle=False)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    file = f"{name}.{digest[:12]}.npy"
    files[file] = content
    return {"file": file, "sha256": digest, "shape": list(value.shape)}
