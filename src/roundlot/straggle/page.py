"""The page of a study of stragglers: what binds, what each rule costs, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.figures import Figure
from roundlot.report.template import render
from roundlot.solvers.stragglers import FullWait
from roundlot.straggle.study import rule_records, split_records

if TYPE_CHECKING:
    from roundlot.straggle.study import RuleRow, StraggleResult

WHO_ROUNDS = 20_000  # that say who is last: shares within 0.004, one standard error
WHO_SEED = 0x1A57
SHOWN = 12  # workers in the table


def render_straggle(result: StraggleResult, figures: Sequence[Figure]) -> str:
    """The page as HTML, complete in itself."""
    return render(
        "straggle.html.jinja",
        result,
        figures,
        setup=asdict(result.settings),
        headline=headline(result),
        binds=what_binds(result),
        last=last_workers(result),
        rows=rule_records(result),
        splits=split_records(result),
        fastest=_best_row(result),
        full=result.laws[0].seconds,
        unit=result.settings.unit,
        who_rounds=WHO_ROUNDS,
    )


def headline(result: StraggleResult) -> str:
    """What to do, and what it saves, by the best rule that has no bias."""
    row = _best_row(result)
    if row is None:
        return "No rule reaches the target"
    if row.rule == FullWait.name:
        return "Waiting for every worker is the fastest way to the target without bias"
    rule = {
        "deadline": f"A deadline of {result.deadline:.3g} s",
        "fastest worker": "Ending a round with the fastest worker",
    }[row.rule]
    if not math.isfinite(row.relative):
        return f"{rule} reaches the target; a full wait does not"
    return f"{rule} reaches the target without bias in {row.relative:.0%} of the full wait's time"


def what_binds(result: StraggleResult) -> list[str]:
    """Sentences: who makes a full wait long, and how often a deadline cuts a round."""
    who = last_workers(result)[0]
    told = [
        f"In a full wait worker {who['name']} ({who['speed']:.3g} samples/s) is the last in "
        f"{who['last']:.0%} of the rounds; alone it takes {who['seconds']:.3g} s for its share, "
        f"the round takes {result.laws[0].seconds.value:.3g} s on average."
    ]
    if math.isfinite(result.deadline):
        cut = result.cut
        ends = "the deadline binds" if cut > 0.5 else "most rounds end before it, all shares done"
        told.append(
            f"At {result.deadline:.3g} s {cut:.0%} of the rounds are cut: {ends}. "
            f"{result.laws[2].counts.mean.sum() * result.settings.unit:.4g} of "
            f"{result.settings.batch} samples are done by then on average."
        )
    else:
        told.append("No deadline is worth its cuts here.")
    wait = result.workers.network.seconds
    if wait > 0.0:
        share = wait / (result.laws[2].seconds.value + wait)
        told.append(f"Communication takes {wait:.3g} s of every round, {share:.0%} of one.")
    return told


def last_workers(result: StraggleResult) -> list[dict[str, Any]]:
    """Workers, from the one that is last most often, of `WHO_ROUNDS` drawn rounds."""
    workers, law = result.workers, result.laws[0]
    busy = np.flatnonzero(law.shares)
    stragglers = workers.stragglers.memoryless()
    most = int(law.shares.max())
    wins = np.zeros(law.shares.size)
    chunk = max(1, 2_000_000 // (law.shares.size * most))
    for start in range(0, WHO_ROUNDS, chunk):
        rounds = min(chunk, WHO_ROUNDS - start)
        finish = stragglers.finish(rounds, most, seed=WHO_SEED, start=start)
        ends = finish[:, busy, law.shares[busy] - 1]
        np.add.at(wins, busy[ends.argmax(axis=1)], 1.0)
    if stragglers.measured is not None:
        mean = stragglers.measured.mean(axis=0) * law.shares
    else:
        kinds = stragglers.conditions()
        mean = sum(chance * calm.seconds for chance, calm in kinds) * law.shares
    order = np.argsort(-wins, kind="stable")[:SHOWN]
    return [
        {
            "name": workers.names[i],
            "speed": float(workers.speed[i]),
            "share": int(law.shares[i]),
            "seconds": float(mean[i]),
            "last": float(wins[i] / WHO_ROUNDS),
            "done": float(result.laws[2].counts.mean[i]),
        }
        for i in order
    ]


def _best_row(result: StraggleResult) -> RuleRow | None:
    """The fastest way to the target with the estimator that is unbiased whatever the data."""
    rows = [
        row
        for row in result.rows
        if row.estimator == "horvitz-thompson" and math.isfinite(row.time.seconds)
    ]
    return min(rows, key=lambda row: row.time.seconds, default=None)
