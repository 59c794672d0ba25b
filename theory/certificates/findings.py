"""What is wrong with a claim, in words, and what its design and prices do prove."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.theory.certificates.arithmetic import MOST, Enclosure, nearest
from roundlot.theory.certificates.claim import Claim, goal_complaints, price_complaints
from roundlot.theory.certificates.feasibility import infeasibilities
from roundlot.theory.certificates.numbers import Numbers, numbers_of, shares_of
from roundlot.theory.certificates.variances import exact_variance, never_drawn

NEAR = Fraction(1, 10**12)  # relative: objective and variance may be the nearest float, or close
AGREED = 1e-11  # how closely gap, objective and lower bound must fit each other
SETTLED = 20_000  # entries; up to here fractions have the last word before a refusal, in seconds
FARTHEST = 8000  # of exponents of prices: beyond it no product with squares of floats is one
LEAST = Fraction(float(np.finfo(np.float64).tiny))


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the examination of a claim gave.

    Attributes:
        complaints: what is false, in words, with the place and the size.
        undecided: why nothing is decided although nothing was found false, in words.
        unit: objective, lower bound and variance are in units of ``4**unit``, as the claim's are.
        objective: of the probabilities, rounded up; NaN where it was not computed.
        lower_bound: that the prices prove, rounded down.
        gap: that is proved, rounded up.
        variance: ``Σ λ Var`` of the probabilities, rounded up.
        variance_gap: that is proved, rounded up; NaN where none is claimed.
    """

    complaints: tuple[str, ...]
    undecided: tuple[str, ...] = ()
    objective: float = math.nan
    lower_bound: float = math.nan
    gap: float = math.nan
    variance: float = math.nan
    variance_gap: float = math.nan
    unit: int = 0

    @property
    def proved(self) -> bool:
        """Whether all that is claimed is proved."""
        return not self.complaints and not self.undecided


def examine(claim: Claim) -> Findings:
    """Feasibility, objective, variance, bound and gap, from the problem as it was given."""
    malformed = tuple(_malformed(claim))
    if malformed:
        return Findings(complaints=malformed)
    violated = (*infeasibilities(claim.problem, claim.probabilities), *_infinite(claim))
    if violated:
        return Findings(complaints=violated)
    found = _compared(claim, numbers_of(claim))
    if found.complaints and claim.problem.scores.size <= SETTLED:
        return _compared(claim, numbers_of(claim, exact=True))  # floats may have been too coarse
    return found


def _compared(claim: Claim, found: Numbers) -> Findings:
    """What is claimed beside what was computed."""
    found = found.in_unit(claim.unit)
    undecided = tuple(_out_of_range(claim, found))
    wrong = tuple(_false(claim, found, in_range=not undecided))
    if claim.gap == math.inf:
        undecided = (*undecided, "gap is infinite: no distance from the optimum is claimed")
    return Findings(
        complaints=(*_above_ceilings(claim, found), *wrong),
        undecided=undecided,
        objective=nearest(found.objective.high, up=True),
        lower_bound=nearest(found.bound, up=False),
        gap=nearest(_gap(found), up=True),
        variance=nearest(found.variance.high, up=True),
        variance_gap=math.nan if found.distance is None else nearest(_variance_gap(found), up=True),
        unit=claim.unit,
    )


def _malformed(claim: Claim) -> Iterator[str]:
    """Shapes and signs, before anything is scaled."""
    problem, design = claim.problem, claim.probabilities
    if design.shape != problem.scores.shape:
        yield f"probabilities have shape {design.shape}; scores have {problem.scores.shape}"
        return
    yield from goal_complaints(claim.goal, problem)
    yield from price_complaints(problem, claim.prices)
    weights = claim.variance_prices
    if (weights is None) == (claim.goal.is_norm or claim.goal.name == "cost"):
        yield f"prices of variances belong to goals 'max', 'fair' and 'cost', not {claim.goal.name}"
    elif weights is not None and weights.shape != (problem.n_models,):
        yield f"prices of variances have shape {weights.shape}, not ({problem.n_models},)"
    elif weights is not None and not np.all((weights >= 0.0) & np.isfinite(weights)):
        yield "a price of a variance is negative, NaN or infinite"
    if not -FARTHEST <= claim.unit <= FARTHEST:
        yield f"the unit of numbers is 4**{claim.unit}; no float64 scores need that"
    powers = claim.variance_exponents
    if powers is not None and (weights is None or powers.shape != weights.shape):
        yield f"exponents of prices of variances have shape {powers.shape}; the prices have another"
    elif powers is not None and np.any((powers < -FARTHEST) | (powers > FARTHEST)):
        yield f"an exponent of a price of a variance is beyond {FARTHEST}; no float64 needs that"
    for name in ("objective", "lower_bound", "gap", "variance", "variance_gap"):
        value = getattr(claim, name)
        if value is not None and not value >= 0.0:
            yield f"{name} is {value!r}; it must be at least 0"


def _infinite(claim: Claim) -> Iterator[str]:
    tables = [("score", claim.problem.scores)]
    if claim.goal.weight:
        tables.append(("weight", shares_of(claim.problem)))
    for name, table in tables:
        wrong = never_drawn(table, claim.probabilities)
        if wrong.any():
            v, s = (int(i) for i in np.argwhere(wrong)[0])
            yield (
                f"probabilities[{v}, {s}] is 0 and the {name} there {table[v, s]:g}: the variance "
                "is infinite"
            )


def _out_of_range(claim: Claim, found: Numbers) -> Iterator[str]:
    """Numbers that float64 cannot hold: then nothing that the record says of them can be true."""
    for name, value in (("objective", found.objective.high), ("variance", found.variance.high)):
        if value > MOST or (name == "objective" and 0 < value < LEAST):
            yield f"the {name} is outside the range of float64; state it in another unit"
            return
    for name in ("objective", "lower_bound", "variance"):
        if getattr(claim, name) == math.inf:
            yield f"{name} is infinite; state it in another unit"
            return


def _false(claim: Claim, found: Numbers, *, in_range: bool) -> Iterator[str]:
    if in_range:
        yield from _differs("objective", claim.objective, found.objective)
        if claim.variance is not None:
            yield from _differs("variance", claim.variance, found.variance)
    if claim.lower_bound != math.inf and Fraction(claim.lower_bound) > found.bound:
        by = float(min(MOST, Fraction(claim.lower_bound) - found.bound))
        yield (
            f"lower_bound {claim.lower_bound!r} is not proved: the prices prove "
            f"{nearest(found.bound, up=False)!r}, {by:.3g} less"
        )
    yield from _false_variance_gap(claim, found)
    if claim.gap == math.inf:
        return
    least = _gap(found)
    if least is None or Fraction(claim.gap) < least:
        yield f"gap {claim.gap!r} is not proved: the prices prove {nearest(least, up=True)!r}"
    elif in_range and not _fits(claim):
        yield (
            f"gap {claim.gap!r} is not that of objective {claim.objective!r} and lower_bound "
            f"{claim.lower_bound!r}"
        )


def _false_variance_gap(claim: Claim, found: Numbers) -> Iterator[str]:
    if claim.variance_gap is None:
        return
    if claim.goal.name != "sum":
        yield f"variance_gap belongs to goal 'sum' alone; the goal is {claim.goal.name!r}"
        return
    if claim.variance_gap == math.inf:
        return
    least = _variance_gap(found)
    if least is None or Fraction(claim.variance_gap) < least:
        yield (
            f"variance_gap {claim.variance_gap!r} is not proved: the prices prove "
            f"{nearest(least, up=True)!r}"
        )


def _variance_gap(found: Numbers) -> Fraction | None:
    """What is proved of ``variance / least variance − 1``; None where that is nothing."""
    if found.variance.high == 0 or found.distance == 0:
        return Fraction(0)
    if found.distance is None or found.distance >= found.variance.low:
        return None
    return found.distance / (found.variance.low - found.distance)


def _differs(name: str, claimed: float, found: Enclosure) -> Iterator[str]:
    low, high = found.low * (1 - NEAR), found.high * (1 + NEAR)
    if 0 < high < LEAST:  # floats have few digits there; only variances get here
        low, high = Fraction(0), LEAST
    if not low <= Fraction(claimed) <= high:
        is_ = nearest(found.high, up=True)
        yield f"{name} {claimed!r} is not that of the probabilities, {is_!r}"


def _fits(claim: Claim) -> bool:
    """Whether a finite gap is that of the other two numbers, to ``AGREED``."""
    if claim.objective == 0.0:
        return claim.gap == 0.0
    if claim.lower_bound == 0.0:
        return False
    apart = Fraction(claim.objective) / Fraction(claim.lower_bound) - 1 - Fraction(claim.gap)
    return abs(apart) <= Fraction(AGREED) * (1 + Fraction(claim.gap))


def _gap(found: Numbers) -> Fraction | None:
    """What is proved of ``objective / optimum − 1``; None where that is nothing."""
    if found.objective.high == 0:
        return Fraction(0)
    return max(Fraction(0), found.objective.high / found.bound - 1) if found.bound > 0 else None


def _above_ceilings(claim: Claim, found: Numbers) -> Iterator[str]:
    """Models whose variance is not proved to be within its ceiling."""
    given = claim.goal.ceilings, claim.problem.model_variance_ceilings
    ceilings = [values for values in given if values is not None]
    if not ceilings:
        return
    lowest = np.minimum.reduce(ceilings)
    for s in np.flatnonzero(np.isfinite(lowest)).tolist():
        ceiling = Fraction(float(lowest[s]))
        variance = found.design.variances[s]
        if variance.low <= ceiling < variance.high:  # too near for floats
            variance = exact_variance(claim.problem.scores[:, s], claim.probabilities[:, s])
        if variance.high > ceiling:
            by = nearest(variance.high - ceiling, up=True)
            yield f"the variance of model {s} is {by:.3g} above its ceiling {float(ceiling):g}"
