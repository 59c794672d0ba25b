"""What is said about limits that do not bind."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from roundlot.solvers.proof.feasibility import usable_budget
from roundlot.solvers.proof.multipliers import Multipliers
from roundlot.solvers.proof.prices import Prices
from roundlot.theory import Problem, RoundlotWarning
from roundlot.theory.arrays import FloatArray

LISTED = 5
STACK = 4


def notes(problem: Problem, multipliers: Multipliers | Prices | None) -> tuple[str, ...]:
    """Which limits are slack at the optimum, in words; warns of budgets that nothing can use."""
    if multipliers is None:
        return ()
    if isinstance(multipliers, Prices):
        return _family_notes(problem, multipliers)
    if multipliers.level > 0.0:
        return ()
    if not problem.scores.any():
        return (_NO_SCORES,)
    usable = usable_budget(problem)
    if problem.budget > usable:
        _warn(f"budget {problem.budget:g}", usable, "caps and availability")
    return ("budget slack: every processor with a positive score is at its limits",)


_NO_SCORES = "every score is 0: any feasible design is optimal, with variance 0"


def _family_notes(problem: Problem, prices: Prices) -> tuple[str, ...]:
    if not problem.scores.any():
        return (_NO_SCORES,)
    said = []
    if prices.budget == 0.0:
        said.append("budget slack: other limits bind first")
        usable = usable_budget(problem)
        if problem.budget > usable:
            _warn(f"budget {problem.budget:g}", usable, "caps and availability")
    if problem.model_budgets is not None:
        said += _slack("budget of model", prices.models)
        _warn_models(problem, problem.model_budgets)
    if problem.costs is not None:
        said += _slack("cost row", prices.costs)
    for (name, _, _), level in zip(problem.levels, prices.levels, strict=True):
        said += _slack(f"cap of {name}", level)
    return tuple(said)


def _slack(name: str, prices: FloatArray) -> list[str]:
    free = np.flatnonzero(prices == 0.0)
    if not free.size:
        return []
    if free.size == prices.size:
        return [f"every {name} slack"]
    if free.size > max(LISTED, prices.size // 2):
        binding = np.flatnonzero(prices)
        return [f"{name} binds: {_few(binding)} ({binding.size} of {prices.size}), else slack"]
    return [f"{name} slack: {_few(free)} ({free.size} of {prices.size})"]


def _few(indices: npt.NDArray[np.intp]) -> str:
    return ", ".join(map(str, indices[:LISTED])) + (", ..." if indices.size > LISTED else "")


def _warn_models(problem: Problem, budgets: FloatArray) -> None:
    _, ceiling = problem.bounds
    usable = np.minimum(ceiling, problem.processor_cap[:, None]).sum(axis=0)
    above = np.flatnonzero(budgets > usable * (1.0 + 1e-12))
    if above.size:
        s = int(above[0])
        _warn(f"budget {budgets[s]:g} of model {s}", float(usable[s]), "its available processors")


def _warn(what: str, usable: float, who: str) -> None:
    warnings.warn(
        f"{what} is above {usable:g}, what {who} can use; a smaller budget gives the same design",
        RoundlotWarning,
        stacklevel=STACK + 1,
    )
