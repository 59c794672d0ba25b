"""One instance solved, and what is wrong with the answer."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

import roundlot as rl
from benchmarks.hostile.beyond import NEAR, is_beyond_float64
from benchmarks.hostile.instances import Array, Instance, keeps
from benchmarks.hostile.lattice import none_better, none_within
from benchmarks.hostile.truth import cone_optimum, is_feasible
from roundlot import solvers
from roundlot.theory.certificates import claim_of, examine

# The largest gap that is not a fault, without cost rows and with them.
GAP, COST_GAP = 1e-12, 1e-9
# How far a cone solver may be off.
CONE = 1e-4
FAULTS = (
    "refused wrongly",
    "accepted wrongly",
    "not offered",
    "gave up",
    "gap",
    "judge",
    "cone",
    "crashed",
)
# Pairs of an instance up to which fractions decide what exists and what float64 has.
FEW = 32
# How it is said that float64 has no probabilities near the optimum.
CLAIMS = ("float64 has", "range of float64")
# Objectives whose optimum float64 may have nothing near to.
NORMS = ("max", "fair")
# How a limit is refused by name that goes with other objectives.
BY_NAME = "leave it out"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of an instance.

    Attributes:
        gap: that is stated; NaN where there is no answer.
        fault: of `FAULTS`, or "".
        what: in words.
        refused: whether the answer is that there are no such probabilities.
        beyond: whether it is proved that float64 has nothing near the optimum, where that is said,
            or nothing better than the answer.
        seconds: that the solver took.
    """

    gap: float = float("nan")
    fault: str = ""
    what: str = ""
    refused: bool = False
    beyond: bool = False
    seconds: float = 0.0


def judged(instance: Instance, *, cone: bool = False) -> Verdict:
    """The verdict on an instance; ``cone`` compares the optimum with that of a cone solver, too."""
    start = time.perf_counter()
    try:
        answer = _solved(instance)
    except rl.InfeasibleError as error:
        return _refusal(instance, str(error))
    except rl.ConvergenceError as error:
        return _given_up(instance, str(error))
    except rl.InvalidProblemError as error:
        if not instance.available.any(axis=0).all():
            return Verdict(refused=True)  # a model that nobody can train is asked about first
        fault = "not offered" if BY_NAME in str(error) else "refused wrongly"
        return Verdict(fault=fault, what=f"invalid: {str(error)[:200]}")
    except Exception as error:  # whatever else is raised is what this looks for
        return Verdict(fault="crashed", what=f"{type(error).__name__}: {str(error)[:200]}")
    seconds = time.perf_counter() - start
    fault, what = _faults(instance, answer, cone)
    beyond = fault == "gap" and _is_best(instance, answer)
    fault = "" if beyond else fault
    return Verdict(gap=answer.gap, fault=fault, what=what, seconds=seconds, beyond=beyond)


@dataclass(frozen=True, kw_only=True)
class _Answer:
    p: Array
    gap: float
    objective: float
    claim: Any


def _solved(instance: Instance) -> _Answer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem = rl.Problem(**instance.given)
        options = dict(instance.options)
        if instance.objective == "least_cost":
            least = solvers.least_cost(problem, options["cost"], options["ceilings"])
            return _Answer(
                p=least.probabilities, gap=least.gap, objective=least.total, claim=least.claim()
            )
        if instance.objective == "least_budget":
            found = solvers.least_budget(problem, options["ceilings"])
            claim = found.claim()
            return _Answer(
                p=found.probabilities, gap=found.gap, objective=found.budget, claim=claim
            )
        name: Any = instance.objective
        solution = rl.solve(problem, objective=name, **options)
        proof = solution.certificate
        claim = claim_of(proof, solution=solution)
    return _Answer(p=solution.probabilities, gap=proof.gap, objective=claim.objective, claim=claim)


def _refusal(instance: Instance, message: str) -> Verdict:
    if _may_exist(instance):
        return Verdict(fault="refused wrongly", what=message[:200])
    return Verdict(refused=True)


def _given_up(instance: Instance, message: str) -> Verdict:
    if not _may_exist(instance):
        return Verdict(what=message[:200], refused=True)
    claimed = _is_small(instance) and any(words in message for words in CLAIMS)
    beyond = claimed and (
        _is_all_but_nothing(instance)
        or is_beyond_float64(instance)
        or (instance.objective in NORMS and none_within(instance, NEAR))
    )
    return Verdict(fault="" if beyond else "gave up", what=message[:200], beyond=beyond)


def _is_best(instance: Instance, answer: _Answer) -> bool:
    """Whether nothing in float64 is better than an answer by more than a gap may be."""
    part = Fraction(GAP if "costs" not in instance.given else COST_GAP)
    asked = _is_small(instance) and instance.objective in NORMS
    return asked and none_better(instance, answer.p, part)


def _is_small(instance: Instance) -> bool:
    return bool(instance.scores.size <= FEW)


def _may_exist(instance: Instance) -> bool:
    """Whether what was asked for is known to exist."""
    asked = _without_budget(instance) if instance.objective == "least_budget" else instance
    known = asked.known is not None and keeps(asked, asked.known)
    if not known and not (_is_small(asked) and is_feasible(asked)):
        return False
    if "ceilings" not in instance.options:
        return True
    return _within_ceilings(instance)


def _is_all_but_nothing(instance: Instance) -> bool:
    """Whether the least cost is so small that float64 has no number within 1e-9 of it.

    Whatever costs something is drawn with 1e-280, where floors allow that; a linear program in
    fractions says whether what costs nothing keeps all limits then. It may be drawn with as little
    as 1e-200, which keeps the ceilings.
    """
    if instance.objective not in ("least_cost", "least_budget"):
        return False
    asked = _without_budget(instance) if instance.objective == "least_budget" else instance
    low, high = asked.box
    costly = np.broadcast_to(instance.options.get("cost", 1.0), low.shape) > 0.0
    if (low[costly] > 0.0).any():
        return False
    p = np.where(asked.wanted, np.maximum(low, np.where(costly, 1e-280, 1e-200)), low)
    boxes = {"floor": p, "ceiling": np.where(costly, np.minimum(p, high), high)}
    near = Instance(**{**vars(asked), "given": {**asked.given, **boxes}})
    if is_feasible(near) and _under(asked, p):
        return True
    if asked.known is None:
        return False
    # or as often as where all is known to be kept
    p = np.where(costly & asked.wanted, 1e-280, np.where(costly, low, asked.known))
    return keeps(asked, p) and _under(asked, p)


def _under(instance: Instance, p: Array) -> bool:
    """Whether variances are within their ceilings, in fractions."""
    for s, ceiling in enumerate(instance.options["ceilings"]):
        pairs = zip(instance.scores[:, s].tolist(), p[:, s].tolist(), strict=True)
        parts = [Fraction(a) ** 2 * (1 - Fraction(q)) / Fraction(q) for a, q in pairs if a > 0.0]
        if sum(parts, Fraction(0)) > Fraction(float(ceiling)):
            return False
    return True


def _nearly_under(instance: Instance, p: Array) -> bool:
    """Whether a cone solver's variances are within their ceilings to 1e-6."""
    scores = instance.scores
    with np.errstate(all="ignore"):
        terms = np.where(scores > 0.0, scores * (scores * (1.0 - p) / p), 0.0)
    return bool((terms.sum(axis=0) <= instance.options["ceilings"] * (1.0 + 1e-6)).all())


def _without_budget(instance: Instance) -> Instance:
    most = float(instance.box[1].sum()) + 1.0
    return Instance(**{**vars(instance), "given": {**instance.given, "budget": most}})


def _within_ceilings(instance: Instance) -> bool:
    """Whether the known probabilities meet the ceilings with something to spare."""
    p, scores = instance.known, instance.scores
    if p is None:
        return False
    with np.errstate(all="ignore"):
        terms = np.where(scores > 0.0, scores * (scores * (1.0 - p) / p), 0.0)
    return bool((terms.sum(axis=0) <= instance.options["ceilings"] * (1.0 - 1e-9)).all())


def _faults(instance: Instance, answer: _Answer, cone: bool) -> tuple[str, str]:
    asked = instance
    if instance.objective == "least_budget":
        budget = {**instance.given, "budget": answer.objective}
        asked = Instance(**{**vars(instance), "given": budget})
    if not keeps(asked, answer.p):
        return "accepted wrongly", "the probabilities violate a limit or leave a score at 0"
    try:
        found = examine(answer.claim)
    except Exception as error:  # a judge must not fall over what it is shown
        return "judge", f"{type(error).__name__}: {str(error)[:200]}"
    if found.complaints:
        return "judge", "; ".join(found.complaints)[:200]
    if found.undecided:
        return "judge", "undecided: " + "; ".join(found.undecided)[:200]
    limit = COST_GAP if "costs" in instance.given or "cost" in instance.options else GAP
    if not answer.gap <= limit:
        return "gap", f"gap {answer.gap:.3g}"
    if cone and not _out_of_range(instance):
        reference = cone_optimum(instance)
        if reference is not None:
            return _beside(instance, answer, reference)
    return "", ""


def _out_of_range(instance: Instance) -> bool:
    """Whether squares of scores leave the range of float64: there a cone solver has no answer."""
    return bool(((instance.scores > 1e150) | (instance.scores < 1e-150)).any())


def _beside(instance: Instance, answer: _Answer, reference: tuple[float, Array]) -> tuple[str, str]:
    value, p = reference
    if instance.objective in ("least_cost", "least_budget"):
        if not _nearly_under(instance, p):  # a small budget may be had for a ceiling that is missed
            return "", ""
        ours, size = answer.objective, max(abs(value), 1e-3)
    else:
        ours, size = answer.objective / float(instance.scores.max()) ** 2, max(abs(value), 1e-3)
    # below it is no fault: the cone solver meets its limits to 1e-8, ours are met and judged
    if ours > value + CONE * size:
        return "cone", f"objective {ours!r}, of the cone solver {value!r}"
    return "", ""
