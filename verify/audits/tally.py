"""Facts of an audit, added up round by round, and verdicts that no error rate is spent on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from roundlot import solvers
from roundlot.theory import InfeasibleError, Problem
from roundlot.verify.audits.claims import Claims
from roundlot.verify.audits.record import AuditFacts
from roundlot.verify.audits.source import Source
from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.audits.unbiased import WeightsCheck
from roundlot.verify.audits.variance import SquaredErrors
from roundlot.verify.tests.bernoulli import clopper_pearson
from roundlot.verify.tests.verdict import Verdict

_SAME = 1e-9  # relative: sums of weights that are the same but for rounding


class Tally:
    """Counts, weights and squared errors of all rounds so far."""

    def __init__(self, claims: Claims, errors: SquaredErrors) -> None:
        size = claims.layout.n_pairs
        self.claims, self._errors = claims, errors
        self.rounds = 0
        self.counts = np.zeros(size)
        self._weight = np.zeros(size)
        self._least, self._most, self._draws = math.inf, 0, 0
        self._sums = [math.inf, -math.inf]
        self._weighted = self.stepped = False
        self._error = 0.0

    def update(self, batch: Batch) -> None:
        """Enter more rounds."""
        if not batch.rounds:
            return
        size = self.counts.size
        self.rounds += batch.rounds
        self.counts += np.bincount(batch.pair, minlength=size)
        self._least = min(self._least, int(batch.draws.min()))
        self._most = max(self._most, int(batch.draws.max()))
        self._draws += int(batch.draws.sum())
        if batch.weight is not None:
            self._weighted = True
            self._weight += np.bincount(batch.pair, weights=batch.weight, minlength=size)
            sums = np.bincount(batch.turn, weights=batch.weight, minlength=batch.rounds)
            sums = sums[batch.draws > 0].astype(np.float64)  # no draws at all count in integers
            self._sums = [
                min(self._sums[0], float(sums.min(initial=math.inf))),
                max(self._sums[1], float(sums.max(initial=-math.inf))),
            ]
        if batch.aggregate is not None:
            self.stepped = True
        if self._has_error(batch):
            self._error += float(self._errors.of(batch).sum())

    @property
    def mean_draws(self) -> float:
        """Draws a round, on average so far."""
        return self._draws / max(self.rounds, 1)

    def _has_error(self, batch: Batch) -> bool:
        if batch.aggregate is not None:
            return self._errors.full is not None
        known = self.claims.probabilities is not None or (
            batch.weight is not None and self.claims.weights is not None
        )
        sized = any(
            x is not None for x in (self.claims.updates, self.claims.problem, self.claims.weights)
        )
        # The design's own simulation is as dear as the audit: the check has the figure already.
        return known and sized and not self._errors.by_simulation

    @property
    def claimed(self) -> bool:
        """Whether it was said how often anybody is drawn."""
        return self.claims.probabilities is not None and not self.stepped

    def same_throughout(self) -> float | None:
        """The chance that all rounds were the same, at most; None if they were not.

        Given the first round, that has at most the chance that one pair does the same in all later
        ones, whatever couples the pairs within a round. 1 where nothing is claimed.
        """
        if not np.all((self.counts == 0) | (self.counts == self.rounds)):
            return None
        p = self.claims.probabilities
        if p is None:
            return 1.0
        again = float(np.where(self.counts > 0, p, 1.0 - p).min())
        return again ** (self.rounds - 1)

    def facts(
        self,
        source: Source,
        *,
        reproducible: bool | None,
        seconds: float,
        budget_kept: str | None,
        variance_predicted: float | None,
        variance: float | None,
        interval_miss: float,
        listed: bool,
    ) -> AuditFacts:
        """The facts after the last round."""
        layout = self.claims.layout
        shape = (layout.n_processors, layout.n_models)
        counted = listed and not self.stepped and self.rounds > 0
        seen = (self.counts / max(self.rounds, 1)).reshape(shape)
        interval = clopper_pearson(self.counts, max(self.rounds, 1), miss=interval_miss)
        return AuditFacts(
            form=source.words,
            rounds=self.rounds,
            seconds=seconds,
            draws_min=0 if not self.rounds else int(self._least),
            draws_mean=self.mean_draws,
            draws_max=self._most,
            budget_kept=budget_kept,
            reproducible=reproducible,
            repeats=source.repeated,
            never_drawn=int((self.counts == 0).sum()) if counted else 0,
            inclusion=seen if counted else None,
            interval=interval.reshape((*shape, 2)) if counted else None,
            mean_weight=(self._weight / max(self.rounds, 1)).reshape(shape)
            if self._weighted
            else None,
            self_normalised=self._self_normalised(),
            variance=variance if variance is not None else self._realised(),
            variance_predicted=variance_predicted,
            variance_optimal=self._optimum(),
        )

    def _self_normalised(self) -> bool:
        low, high = self._sums
        varies = bool(np.any((self.counts > 0) & (self.counts < self.rounds)))
        return self._weighted and varies and high > 0.0 and high - low <= _SAME * high

    def _realised(self) -> float | None:
        return self._error / self.rounds if self._error > 0.0 else None

    def _optimum(self) -> float | None:
        problem = self.claims.problem
        if problem is None:
            if self.claims.updates is None or self.claims.budget is None:
                return None
            norms = [np.linalg.norm(u, axis=1) for u in self.claims.updates]
            problem = Problem(np.stack(norms, axis=1), budget=self.claims.budget)
        if not problem.weighted_scores.any():
            return None
        try:
            return float(solvers.solve(problem).variance)
        except InfeasibleError:
            return None

    def notes(
        self, source: Source, planned: Sequence[StreamingCheck], verdicts: Sequence[Verdict]
    ) -> Iterator[str]:
        """Assumptions and explanations."""
        refuted = {v.claim for v in verdicts if v.outcome == "refuted"}
        biased = any("unbiased" in claim for claim in refuted)
        if biased and self._self_normalised() and not self.claims.replacement:
            yield (
                "weights are divided by the sum over those drawn: unbiased only if that sum is the "
                "same for all clients; divide by inclusion probabilities instead"
            )
        if source.repeated:
            yield "repeats were merged: one draw of the pair, with the sum of its weights"
        if self.claims.probabilities is None and not self.stepped:
            yield "no probabilities were claimed: they are estimated, all with intervals"
        weighted = any(isinstance(check, WeightsCheck) for check in planned)
        if self._weighted and not weighted and self.claims.weights is None:
            yield "weights were not checked: say what full participation gives with weights="
        if not self._weighted and self.claims.probabilities is None and not self.stepped:
            yield "neither weights nor probabilities: whether an aggregate is unbiased is unknown"
        if self.claims.design is None and self.claims.probabilities is not None:
            yield (
                "no design was claimed: whether clients are drawn independently, and the variance, "
                "are not judged; say design= if that is claimed"
            )
        if source.style == "nothing":
            yield "the sampler takes no seed: this audit cannot be repeated bit by bit"
        if any(check.refuted for check in planned) and self.rounds:
            yield "rounds stopped at a refusal: 'inconclusive' means there was no need to go on"


def soundness(source: Source, tally: Tally, rate: float) -> list[Verdict]:
    """What is seen outright: every draw is sound, and draws are not always the same."""
    well = source.fault is None
    verdicts = [
        _seen(
            "draws are well formed" if well else source.fault_kind,
            good=well,
            rounds=tally.rounds,
            detail=source.fault or f"every round read as {source.words}",
        )
    ]
    if tally.rounds >= 2 and not tally.stepped:
        verdicts.append(_varied(tally, rate))
    return verdicts


def _varied(tally: Tally, rate: float) -> Verdict:
    """All rounds the same: refuted if that is too unlikely by what was claimed."""
    claim = "draws vary from round to round"
    chance = tally.same_throughout()
    if chance is None:
        return _seen(claim, good=True, rounds=tally.rounds, detail="")
    found = _seen(claim, good=chance > rate, rounds=tally.rounds, detail="every round was the same")
    if chance > rate:
        why = "" if tally.claimed else ", and nothing claimed says otherwise"
        return replace(
            found,
            outcome="inconclusive" if chance < 1.0 or not tally.claimed else "supported",
            false_alarm=rate,
            miss=1.0,
            detail=f"{found.detail}{why}",
        )
    return replace(found, false_alarm=rate)


def _seen(claim: str, good: bool, rounds: int, detail: str) -> Verdict:
    fault = 0.0 if good else 1.0
    return Verdict.exact(claim, fault, estimate=fault, expected=0.0, rounds=rounds, detail=detail)


def nothing_tested(rounds: int) -> Verdict:
    """What is said when nothing was claimed."""
    return Verdict(
        claim="the sampler does what it claims",
        outcome="inconclusive",
        estimate=math.nan,
        expected=math.nan,
        detectable=math.inf,
        false_alarm=0.0,
        miss=1.0,
        rounds=rounds,
        statistic=0.0,
        threshold=math.inf,
        detail="nothing was claimed, so nothing was tested: the facts are estimates",
    )
