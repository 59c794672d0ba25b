"""An answer that carries its question, and recomputes how well it answers."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from roundlot.solvers.proof.certificate import Certificate, certify, known_multipliers
from roundlot.solvers.proof.prices import Multipliers, Prices, plain_prices, require_prices
from roundlot.solvers.proof.ranges import variance_decimals, variance_in
from roundlot.solvers.proof.saving import save_claim
from roundlot.solvers.proof.scales import at_least_above_0, holds, require_held
from roundlot.solvers.water.scaling import exponent_of, shifted
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, same
from roundlot.theory.certificates.claim import claim_of, unit_prices
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.estimator import model_objective, model_variance
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import in_decimals, plural

AT_CAP = 1.0 - 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution(Tabular):
    """Feasible probabilities for a problem.

    Attributes:
        problem: what was asked.
        probabilities: ``(V, S)``, read-only; ``l <= p <= u`` and every sum within its limit (a
            processor's, a client's, a group's, a model's, a cost, the total) as real sums of these
            float64 values, without tolerance.
        method: what found it.
        seconds: wall-clock time it took.
        notes: what is worth knowing, in words.
        multipliers: prices of the constraints as the solver keeps them, roots in a common power of
            two, when the method knows them; to read them take ``price``, ``prices``, ``threshold``.
        constrained: whether further constraints of the caller held it, which have no prices here.
    """

    problem: Problem = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    method: str
    seconds: float
    notes: tuple[str, ...] = ()
    multipliers: Multipliers | Prices | None = field(default=None, repr=False)
    constrained: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        self.probabilities.flags.writeable = False

    @cached_property
    def objective(self) -> float:
        """``Σ λ a²/p``; infinite only above float64, where ``objective_text`` says it."""
        value = self._weighted(model_objective(self.problem.scores, self.probabilities))
        return at_least_above_0(value, some=bool(self.problem.scores.any()))

    @property
    def objective_text(self) -> str:
        """``objective`` in six digits, also where float64 does not hold it: "2.25e+321"."""
        if self.objective == 0.0 or not holds(self.objective):
            return in_decimals(self.certificate.objective, self.certificate.unit)
        return in_decimals(self.objective)

    @cached_property
    def model_variance(self) -> FloatArray:
        """``(S,)``, ``Σ_v a² (1/p − 1)`` of each model, without its weight.

        Raises:
            InvalidProblemError: float64 does not hold them; what to multiply the scores by.
        """
        scores = self.problem.scores
        varies = (self.probabilities < 1.0) & (scores > 0.0)
        require_held(
            self._model_variance,
            size=float(varies.any()),
            greatest=float(scores.max()),
            what="variances of the models are",
        )
        return self._model_variance

    @cached_property
    def _model_variance(self) -> FloatArray:
        """The same, infinite or 0 where float64 does not hold it."""
        return model_variance(self.problem.scores, self.probabilities)

    @cached_property
    def variance(self) -> float:
        """``Σ λ a² (1/p − 1)``, the variance that is left.

        Infinite above the range of float64 and next to 0 below it: ``variance_text`` says it then.
        """
        varies = (self.probabilities < 1.0) & (self.problem.scores > 0.0)
        total = self._weighted(self._model_variance)
        if total == math.inf and (self.probabilities[self.problem.scores > 0.0] > 0.0).all():
            # one model's may leave float64 where its weight brings it back
            with np.errstate(over="ignore"):
                top = float(self.problem.weighted_scores.max())
                if top < math.inf:
                    unit = exponent_of(top)
                    total = float(np.ldexp(self.variance_in(unit), 2 * unit))
        return at_least_above_0(total, some=bool(varies.any()))

    @property
    def variance_text(self) -> str:
        """``variance`` in six digits, also where float64 does not hold it: "8.2e+320"."""
        if self.variance == 0.0 or not holds(self.variance):
            return variance_decimals(self.problem, self.probabilities)
        return in_decimals(self.variance)

    @as_annotated
    def variance_in(self, unit: int) -> float:
        """``variance`` in units of ``4**unit``, that of the certificate's numbers."""
        return variance_in(self.problem, self.probabilities, unit)

    @cached_property
    def certificate(self) -> Certificate:
        """The proved distance from the optimum; computed when first asked for."""
        return certify(self.problem, self.probabilities, self.multipliers)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write problem, solution and certificate as JSON, which ``roundlot check`` judges.

        Arrays of more than a thousand numbers lie beside it as npy files. An earlier certificate
        at ``path`` is replaced in one step.

        Raises:
            FileExistsError: ``path`` is a folder.
            OSError: the folder cannot be written.
        """
        return save_claim(path, claim_of(self.certificate, solution=self), method=self.method)

    @property
    def is_priced(self) -> bool:
        """Whether ``price`` and ``prices`` can be had: further constraints have none."""
        return not self.constrained

    @cached_property
    def prices(self) -> Prices:
        """What a unit more of each limit would save of the objective, score² per unit, ``>= 0``.

        A record with ``budget``; ``processors (V,)``, of their caps; ``levels``, of the caps of
        clients and groups; ``models (S,)``, of their budgets; ``costs (K,)``, of the cost rows;
        ``floors``, of clients, groups and models, for a unit less of them; and ``ceilings (S,)``,
        of variances; 0 where a limit is slack. They are those of the problem's optimum, whatever
        method found these probabilities. At "max" and "fair" the objective is the norm, a variance.

        Raises:
            InvalidProblemError: further constraints; prices that float64 does not hold, and what to
                multiply the scores by.
        """
        if not self.is_priced:
            raise InvalidProblemError(
                "prices are of a problem without further constraints; solve that, or compare two "
                "budgets"
            )
        return require_prices(self.problem, self._known())

    @property
    def price(self) -> float:
        """``−∂ variance / ∂ m``: the variance that one more expected draw would save, per draw.

        Exact, from the multipliers; 0 where the budget is slack. Where budgets per model or cost
        rows bind as well, it is the price of the budget alone, all other limits as they are; theirs
        are in ``prices``. The same at ``optimal_path(problem).price(m)``.

        Raises:
            InvalidProblemError: as ``prices``.
        """
        return self.prices.budget

    @as_annotated
    def price_in(self, unit: int) -> float:
        """``price`` in units of ``4**unit``, that of the certificate's numbers."""
        return plain_prices(self.problem, self._known(), unit).budget

    @cached_property
    def threshold(self) -> float | None:
        """``t = 1/√price``: whoever no limit holds is drawn with ``√λ a t``.

        Then a processor whose weighted scores reach its cap over ``t`` is at its cap. Infinite
        where the budget is slack. None where there is no one level for all: limits that couple
        processors, another objective, further constraints.
        """
        if not self.is_priced or not self.problem.is_plain:
            return None
        known = self._known()
        assert isinstance(known, Multipliers)
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            return float(np.ldexp(1.0 / np.float64(known.level), -known.exponent))

    def _known(self) -> Multipliers | Prices:
        """The multipliers, found now if the method left none."""
        if self.multipliers is not None:
            return self.multipliers
        return known_multipliers(self.problem)

    @property
    def draws(self) -> float:
        """Expected draws in a round, ``Σ p``."""
        return math.fsum(self.probabilities.sum(axis=1).tolist())

    @property
    def budget_left(self) -> float:
        """``m − Σ p``, at least 0."""
        return max(0.0, self.problem.budget - self.draws)

    @cached_property
    def capped(self) -> BoolArray:
        """``(V,)``, which processors are at their caps."""
        marks: BoolArray = self.probabilities.sum(axis=1) >= self.problem.processor_cap * AT_CAP
        return marks

    _index: ClassVar[str | None] = "client"

    def _columns(self) -> Mapping[str, Any]:
        return probability_columns(self.problem, self.probabilities)

    def _library(self) -> str | None:
        return self.problem.names.library

    def _record(self) -> dict[str, Any]:
        names, shape = self.problem.names, self.probabilities.shape
        models = names.plain_models(shape[1])
        return {
            "method": self.method,
            "budget": self.problem.budget if self.problem.has_budget else None,
            "draws": self.draws,
            "objective": self.objective,
            "lower_bound": self.certificate.lower_bound,
            "gap": self.certificate.gap,
            "rigorous": self.certificate.verify(),
            "variance": self.variance,
            "model_variance": dict(zip(models, self._model_variance, strict=True)),
            "price": self.price_in(self.certificate.unit) if self.is_priced else None,
            "threshold": self.threshold,
            "seconds": self.seconds,
            "notes": self.notes,
            "clients": names.plain_rows(shape[0]),
            "models": models,
            "probabilities": self.probabilities,
            **self._beyond_float64(),
        }

    def _beyond_float64(self) -> dict[str, Any]:
        """What stands in a record in place of numbers that float64 does not hold: their ``unit``
        is ``4**unit``, and they are there as texts."""
        unit = self.certificate.unit
        if not unit:
            return {}
        return {
            "unit": unit,
            "objective": self.certificate.objective,
            "variance": self.variance_in(unit),
            "model_variance": dict(
                zip(
                    self.problem.names.plain_models(self.problem.n_models),
                    model_variance(shifted(self.problem.scores, -unit), self.probabilities),
                    strict=True,
                )
            ),
            "objective_text": self.objective_text,
            "variance_text": self.variance_text,
        }

    def __eq__(self, other: object) -> bool:
        """Whether both answer the same question with the same probabilities."""
        if not isinstance(other, Solution):
            return NotImplemented
        return (
            self.problem == other.problem
            and same(self.probabilities, other.probabilities)
            and getattr(self, "goal", None) == getattr(other, "goal", None)
            and self.constrained == other.constrained
        )

    def __hash__(self) -> int:
        return hash((self.problem, float(self.probabilities.sum())))

    def __repr__(self) -> str:
        rows, columns = self.probabilities.shape
        notes = f", {len(self.notes)} {plural(len(self.notes), 'note')}"
        limit = f" of {self.problem.budget:g}" if self.problem.has_budget else ""
        return (
            f"{type(self).__name__}({rows} x {columns} by {self.method!r}, variance "
            f"{self.variance_text}, {self.draws:.6g}{limit} draws, "
            f"{int(self.capped.sum())} at their caps, {self.seconds:.3g} s"
            f"{notes if self.notes else ''})"
        )

    def _weighted(self, per_model: FloatArray) -> float:
        with np.errstate(over="ignore"):
            terms = self.problem.model_weights * per_model
        try:
            return math.fsum(terms.tolist()) if np.isfinite(terms).all() else math.inf
        except OverflowError:  # the terms are in the range of float64, their sum is not
            return math.inf


def probability_columns(problem: Problem, table: FloatArray) -> dict[str, Any]:
    """A table ``(V, S)`` as columns: who, and each model by its name."""
    models = problem.names.plain_models(problem.n_models)
    who = problem.names.plain_rows(problem.n_processors)
    return {"client": who, **dict(zip(models, table.T, strict=True))}


def ceiling_record(
    problem: Problem,
    probabilities: FloatArray,
    *,
    variance_ceiling: FloatArray,
    model_variance: FloatArray,
) -> dict[str, Any]:
    """What ``(V, S)`` probabilities that keep ``(S,)`` ceilings of variance came to, as data."""
    models = problem.names.plain_models(problem.n_models)
    return {
        "variance_ceiling": dict(zip(models, variance_ceiling, strict=True)),
        "model_variance": dict(zip(models, model_variance, strict=True)),
        "clients": problem.names.plain_rows(problem.n_processors),
        "models": models,
        "probabilities": probabilities,
    }


class Objective(Protocol):
    """A convex objective of the probabilities, in squared units of the scores."""

    @property
    def name(self) -> str:
        """As `solve` takes it."""

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """What probabilities ``(V, S)`` cost; infinite where a positive score is never drawn."""

    def solve(self, problem: Problem, *, method: str = "auto") -> Solution:
        """The probabilities of least value, feasible exactly, with its certificate."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ObjectiveSolution(Solution):
    """Feasible probabilities for an objective other than the sum.

    ``objective`` is the value of the objective named by ``goal``, and ``certificate`` bounds that;
    ``variance`` and ``model_variance`` are what they always are.

    Attributes:
        goal: the objective, with its parameters.
        proof: the certificate; computed by the solver, which stops on it.
    """

    goal: Objective
    proof: Certificate = field(repr=False)

    @cached_property
    def threshold(self) -> float | None:
        """None: one level for all scores is of the sum alone."""
        return None

    def _known(self) -> Prices:
        """Those of the proof, per unit of this objective."""
        return unit_prices(claim_of(self.proof))

    @cached_property
    def objective(self) -> float:
        """The value of the objective; infinite only above the range of float64: as text then."""
        value = self.goal.value(self.problem, self.probabilities)
        return at_least_above_0(value, some=self.proof.objective > 0.0)

    @cached_property
    def certificate(self) -> Certificate:
        """The proved distance from the least value."""
        return self.proof

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, objective {self.goal.name!r} {self.objective_text})"
