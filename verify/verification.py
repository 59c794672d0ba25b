"""One solution held against everything that can be checked of it without other data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from roundlot.simulate import design as make_design
from roundlot.simulate.monte_carlo.rounds import random_updates, require_solution
from roundlot.simulate.monte_carlo.simulation import simulate
from roundlot.solvers import Solution
from roundlot.theory.choices import SamplingDesign
from roundlot.theory.kinds import as_annotated
from roundlot.theory.tabular import Tabular, records
from roundlot.verify.agreement.draws import check_draws, check_inclusion
from roundlot.verify.agreement.solutions import check_certificate
from roundlot.verify.agreement.variance import check_design_variance
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, Outcome, Verdict, share


@dataclass(frozen=True, kw_only=True, eq=False)
class Verification(Tabular):
    """Verdicts on a solution, all under one error rate.

    Attributes:
        verdicts: one per claim.
        false_alarm: most probable it is that a true claim is refuted.
        library: of frames, of what the scores were given in.
    """

    verdicts: tuple[Verdict, ...]
    false_alarm: float
    library: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Verification:
        """Verdicts that were reached each with a share of one error rate, the sum of theirs."""
        found = tuple(verdicts)
        return cls(verdicts=found, false_alarm=min(1.0, sum(one.false_alarm for one in found)))

    @property
    def passed(self) -> bool:
        """True only if every verdict is "supported"."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def outcome(self) -> Outcome:
        """ "refuted" if any verdict is, "supported" if all are, else "inconclusive"."""
        found = {verdict.outcome for verdict in self.verdicts}
        if "refuted" in found:
            return "refuted"
        return "supported" if found == {"supported"} else "inconclusive"

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def _columns(self) -> Mapping[str, Any]:
        return records([asdict(verdict) for verdict in self.verdicts])

    def _library(self) -> str | None:
        return self.library

    def _record(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "false_alarm": self.false_alarm,
            "verdicts": self.verdicts,
        }

    def __bool__(self) -> bool:
        raise TypeError("a verification has three outcomes; ask for .passed or .outcome")

    def __str__(self) -> str:
        return "\n".join(map(str, self.verdicts))

    def __repr__(self) -> str:
        supported = sum(verdict.passed for verdict in self.verdicts)
        return f"Verification({self.outcome}: {supported} of {len(self.verdicts)} claims supported)"


@as_annotated
def verify_solution(
    solution: Solution,
    *,
    rounds: int = 20_000,
    design: SamplingDesign = "independent",
    seed: int = 0,
    discrepancy: float = 0.05,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> Verification:
    """Whether a solution is feasible and optimal, and its draws do what its probabilities say.

    The certificate is judged without a solver. Then ``rounds`` rounds are drawn: how often every
    pair and how many in all, and the variance of random updates whose norms are the scores.

    Args:
        solution: as of ``roundlot.solve``.
        rounds: how many are drawn; too few leave a verdict "inconclusive", never wrong.
        design: how a round is drawn.
        seed: of the draws.
        discrepancy: what a supported claim rules out: an error of a probability, or a share of the
            draws or of the variance.
        false_alarm: most probable it is that any true claim is refuted.
        miss: most probable it is that an error of the size a verdict names is overlooked.

    Raises:
        InvalidProblemError: no solution, an unknown design, a rate outside ``(0, 1)``.
        InfeasibleError: probabilities that the design cannot have.
    """
    require_solution(solution)
    each, p = share(false_alarm, 3), solution.probabilities
    rates: dict[str, Any] = {"discrepancy": discrepancy, "false_alarm": each, "miss": miss}
    drawn, updates = make_design(solution, design), random_updates(solution.problem, seed=seed)
    realised = simulate(drawn, updates, rounds=rounds, seed=seed)
    verdicts = [
        check_certificate(solution),
        check_inclusion(realised.counts, rounds, p, **rates),
    ]
    if p.any():
        verdicts.append(check_draws(realised, p, design=design, **rates))
    if solution.variance > 0.0:
        verdicts.append(check_design_variance(realised, drawn, updates, **rates))
    return Verification(
        verdicts=tuple(verdicts),
        false_alarm=false_alarm,
        library=solution.problem.names.library,
    )
