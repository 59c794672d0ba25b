"""The claim that a certificate of any kind makes, read from its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from roundlot.theory.certificates.claim import Claim
from roundlot.theory.certificates.goal import Goal
from roundlot.theory.certificates.prices import Prices, prices_of_roots
from roundlot.theory.problem import Problem


def claim_of(certificate: Any, *, solution: Any = None) -> Claim:
    """What a record with ``problem``, ``probabilities``, prices and numbers says.

    Args:
        certificate: with ``objective``, ``lower_bound``, ``gap`` and ``multipliers``, which have
            ``level`` and ``rows`` (roots) or a price for every limit; for another goal than the
            sum also ``goal``, and ``weights`` of the models' variances for a norm of them, whose
            prices are then of scores in units of ``2**exponent``.
        solution: the record whose own ``problem``, ``probabilities`` and ``objective`` it is held
            against; the certificate's are taken where there is none.
    """
    about = certificate if solution is None else solution
    goal = _goal(getattr(certificate, "goal", None))
    prices = _prices(certificate.multipliers, about.problem)
    weights = None
    if goal.is_norm:
        prices = replace(prices, exponent=prices.exponent + certificate.exponent)
        weights = np.asarray(certificate.weights, dtype=np.float64)
    return Claim(
        problem=about.problem,
        goal=goal,
        probabilities=np.asarray(about.probabilities, dtype=np.float64),
        prices=prices,
        variance_prices=weights,
        objective=float(about.objective),
        lower_bound=float(certificate.lower_bound),
        gap=float(certificate.gap),
        variance=getattr(solution, "variance", None),
    )


def _goal(given: Any) -> Goal:
    if given is None:
        return Goal()
    return Goal(
        name=given.name,
        alpha=getattr(given, "alpha", None),
        weight=getattr(given, "weight", None),
    )


def _prices(given: Any, problem: Problem) -> Prices:
    if not hasattr(given, "level"):
        return Prices(
            budget=float(given.budget),
            processors=np.asarray(given.processors, dtype=np.float64),
            levels=tuple(np.asarray(level, dtype=np.float64) for level in given.levels),
            models=np.asarray(given.models, dtype=np.float64),
            costs=np.asarray(given.costs, dtype=np.float64),
            exponent=int(given.exponent),
        )
    rows = np.asarray(given.rows, dtype=np.float64)
    return prices_of_roots(problem, level=float(given.level), rows=rows, exponent=given.exponent)
