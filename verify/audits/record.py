"""What an audit found: verdicts, facts, and a page to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.tabular import Tabular, records
from roundlot.theory.text import short_repr
from roundlot.verify.tests.verdict import Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class AuditFacts:
    """What was seen; nothing here is a claim.

    Attributes:
        form: how the sampler's draws were read.
        rounds, seconds: rounds drawn and wall time.
        draws_min, draws_mean, draws_max: draws per round, repeats included.
        budget_kept: "every draw", "on average", "exceeded", or None without a budget.
        reproducible: the same seed gave the same draw; None if the sampler takes no seed.
        repeats: rounds in which something was drawn more than once.
        never_drawn: pairs that never appeared.
        inclusion: ``(V, S)``, the share of rounds in which each pair was drawn (None for an
            aggregate), and ``interval`` ``(V, S, 2)``, which covers all of them at once.
        mean_weight: ``(V, S)``, average aggregation weight, or None.
        self_normalised: the weights of every round summed to the same number.
        variance, variance_predicted, variance_optimal: realised mean squared error, the claimed
            design's, and the best possible under the budget; None where they are not known.
    """

    form: str
    rounds: int
    seconds: float
    draws_min: int
    draws_mean: float
    draws_max: int
    budget_kept: str | None
    reproducible: bool | None
    repeats: int
    never_drawn: int
    inclusion: FloatArray | None
    interval: FloatArray | None
    mean_weight: FloatArray | None
    self_normalised: bool
    variance: float | None
    variance_predicted: float | None
    variance_optimal: float | None

    __repr__ = short_repr

    @property
    def above_optimum(self) -> float | None:
        """Realised variance over the optimum, minus 1; None if one of them is not known."""
        if self.variance is None or not self.variance_optimal:
            return None
        return self.variance / self.variance_optimal - 1.0

    def lines(self) -> list[str]:
        """The facts in words."""
        found = [
            f"draws read as {self.form}; {self.rounds} rounds in {self.seconds:.1f} s",
        ]
        if self.inclusion is not None:
            found.append(
                f"draws a round: {self.draws_min} to {self.draws_max}, mean {self.draws_mean:.4g}"
            )
        optional = {
            "budget": self.budget_kept and f"budget: {_BUDGET[self.budget_kept]}",
            "seed": _SEEDED[self.reproducible],
            "repeats": self.repeats and f"{self.repeats} rounds draw something more than once",
            "never": self.never_drawn
            and f"{self.never_drawn} pairs were never drawn: their probability is at most "
            f"{self._never():.2g}",
            "inclusion": self._range(),
            "normalised": self.self_normalised
            and "weights are self-normalised: they sum to the same number in every round",
            "variance": self._variance(),
        }
        return [*found, *(text for text in optional.values() if text)]

    def _never(self) -> float:
        assert self.interval is not None
        assert self.inclusion is not None
        return float(self.interval[..., 1][self.inclusion == 0.0].max())

    def _range(self) -> str:
        if self.inclusion is None:
            return ""
        return f"inclusion seen: {self.inclusion.min():.4g} to {self.inclusion.max():.4g}"

    def _variance(self) -> str:
        if self.variance is None:
            return ""
        text = f"variance {self.variance:.6g}"
        if self.variance_predicted is not None:
            text += f", predicted {self.variance_predicted:.6g}"
        if self.above_optimum is not None:
            text += f", optimum {self.variance_optimal:.6g} ({self.above_optimum:+.1%} from it)"
        return text


_BUDGET = {
    "every draw": "kept in every round",
    "on average": "kept on average, not in every round",
    "exceeded": "exceeded on average",
}
_SEEDED = {
    True: "the same seed gives the same draw",
    False: "the same seed gives different draws: the sampler uses randomness of its own",
    None: "",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Audit(Tabular):
    """Verdicts on a sampler, all under one error rate, and the facts.

    Attributes:
        verdicts: one per claim.
        facts: what was seen.
        false_alarm: most probable it is that a sampler that keeps all its claims is refuted.
        notes: assumptions, and explanations of what was found.
    """

    verdicts: tuple[Verdict, ...]
    facts: AuditFacts
    false_alarm: float
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True only if every verdict is "supported"."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def refuted(self) -> tuple[Verdict, ...]:
        """The verdicts that refuse a claim."""
        return tuple(v for v in self.verdicts if v.outcome == "refuted")

    @property
    def outcome(self) -> str:
        """ "refuted" if any verdict is, "supported" if all are, else "inconclusive"."""
        if self.refuted:
            return "refuted"
        return "supported" if self.passed else "inconclusive"

    def verdict(self, claim: str) -> Verdict:
        """The verdict whose claim contains ``claim``.

        Raises:
            KeyError: there is none; the message lists the claims.
        """
        for verdict in self.verdicts:
            if claim in verdict.claim:
                return verdict
        raise KeyError(f"no verdict on {claim!r}; claims: {[v.claim for v in self.verdicts]}")

    def to_record(self) -> dict[str, Any]:
        """Plain data for JSON: arrays as lists."""
        facts = {key: _plain(value) for key, value in asdict(self.facts).items()}
        return {
            "outcome": self.outcome,
            "false_alarm": self.false_alarm,
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "facts": facts | {"above_optimum": self.facts.above_optimum},
            "notes": list(self.notes),
        }

    def _columns(self) -> Mapping[str, Any]:
        return records([asdict(verdict) for verdict in self.verdicts])

    def _record(self) -> dict[str, Any]:
        return self.to_record()

    def __bool__(self) -> bool:
        raise TypeError("an audit has three outcomes; ask for .passed or .outcome")

    def __str__(self) -> str:
        return "\n".join(
            [
                f"audit: {self.outcome} (all checks together: false alarm {self.false_alarm:.1g})",
                *_list("verdicts", [line for one in self.verdicts for line in one.lines()]),
                *_list("seen", self.facts.lines()),
                *_list("notes", self.notes),
            ]
        )

    def __repr__(self) -> str:
        refuted = "; ".join(verdict.claim for verdict in self.refuted)
        passed = sum(verdict.passed for verdict in self.verdicts)
        return (
            f"Audit({self.outcome}: {passed} of {len(self.verdicts)} claims supported"
            f"{', refuted: ' + refuted if refuted else ''}, {self.facts.rounds:,} rounds)"
        )


def _list(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
