"""The tables of docs/papers.md, in Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from _papers.claims import CLAIMS, Claim, values
from _papers.commands import minutes
from _papers.family import ERROR, Decided, counts, decided, holm, p_value
from _papers.order import Reached, reached

if TYPE_CHECKING:
    import numpy.typing as npt

    from roundlot.simulate.training import Bench, History

Benches = Mapping[str, "Bench"]


class Weighed(NamedTuple):
    """A claim with its measures, decided alone, by Holm's test and in the family."""

    setup: str
    claim: Claim
    better: float
    worse: float
    decided: Decided
    adjusted: float  # p-value by Holm

    @property
    def by_holm(self) -> str:
        """What Holm's test of the family says."""
        return self.decided.verdict_alone if self.adjusted <= ERROR else "inconclusive"


def weighed(benches: Benches) -> tuple[Weighed, ...]:
    """Every claim about the trainings that there are: they are the family."""
    claims = [(setup, claim) for setup in benches for claim in CLAIMS[setup]]
    pairs = [
        tuple(values(benches[setup], name, one.measure) for name in (one.method, one.other))
        for setup, one in claims
    ]
    gaps = [better - worse for better, worse in pairs]
    adjusted = holm([p_value(gap, one.margin) for gap, (_, one) in zip(gaps, claims, strict=True)])
    return tuple(
        Weighed(
            setup=setup,
            claim=claim,
            better=float(better.mean()),
            worse=float(worse.mean()),
            decided=decided(better - worse, len(claims), claim.margin),
            adjusted=float(small),
        )
        for (setup, claim), (better, worse), small in zip(claims, pairs, adjusted, strict=True)
    )


def claims_table(rows: Sequence[Weighed]) -> str:
    """What was claimed, the paired difference over seeds, and both of its intervals."""
    head = "| claim | published | ours | difference | ± alone | ± with all | verdict |"
    return "\n".join([head, "|---|---|---|---|---|---|---|", *map(_claim_row, rows)])


def _claim_row(row: Weighed) -> str:
    one = row.decided
    verdict = one.verdict
    if row.by_holm != verdict:
        verdict += f" (alone and by Holm's test: {row.by_holm})"
    elif one.verdict_alone != verdict:
        verdict += f" (alone: {one.verdict_alone})"
    return (
        f"| {row.claim.words} | {row.claim.published} | {row.better:.3f} against {row.worse:.3f} | "
        f"{one.alone.mean:+.3f} | {one.alone.half:.3f} | {one.together.half:.3f} | {verdict} |"
    )


def family_table(rows: Sequence[Weighed]) -> str:
    """What the correction changes: verdicts of each alone, by Holm, and by Bonferroni."""
    table = [f"| {len(rows)} claims | hold | do not hold | inconclusive |", "|---|---|---|---|"]
    for words, verdicts in (
        ("each alone at 95 %", [row.decided.verdict_alone for row in rows]),
        ("all together, Holm's tests", [row.by_holm for row in rows]),
        (
            "all together, Bonferroni's intervals: the verdicts here",
            [row.decided.verdict for row in rows],
        ),
    ):
        table.append(f"| {words} | " + " | ".join(map(str, counts(verdicts))) + " |")
    return "\n".join(table)


def runs_table(benches: Benches, folder: Path) -> str:
    """Which trainings stand behind the page, and how long they took."""
    taken = minutes(folder)
    rows = ["| setup | methods | seeds | rounds | claims | minutes of a core |"]
    rows.append("|---|---|---|---|---|---|")
    for name, bench in benches.items():
        first = bench.histories[bench.methods[0]][0]
        rows.append(
            f"| `{name}` | {len(bench.methods)} | {bench.seeds[0]} to {bench.seeds[-1]} | "
            f"{first.rounds} | {len(_claims(name))} | {_minutes(taken, [name])} |"
        )
    claims = sum(map(len, map(_claims, benches)))
    return "\n".join([*rows, f"| all | | | | {claims} | {_minutes(taken, benches)} |"])


def _minutes(taken: Mapping[str, float], names: Iterable[str]) -> str:
    """Of all these trainings; a dash where one was run by another than the page's command."""
    known = [taken.get(name, math.nan) for name in names]
    return "–" if math.isnan(sum(known)) else f"{sum(known):.1f}"


def _claims(setup: str) -> tuple[Claim, ...]:
    return CLAIMS.get(setup, ())


def methods_table(bench: Bench) -> str:
    """Every method at the end of training, best first, and when it reached the common target."""
    ends = reached(bench)
    target = next(iter(ends.values())).target
    rows = [
        f"| method | accuracy | worst model | loss | updates sent | updates to {target:.2f} |"
        f" seconds | seconds to {target:.2f} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    places = {what: _places(ends, what) for what in ("uploads", "seconds")}
    for name in by_accuracy(bench):
        cells = [bench.interval(name, what) for what in ("accuracy", "worst_accuracy", "loss")]
        costs = [
            f"{bench.interval(name, what).mean:,.0f} | {places[what][name]}"
            for what in ("uploads", "seconds")
        ]
        star = " \\*" if bench.histories[name][0].label.startswith("biased") else ""
        told = " | ".join(f"{cell.mean:.3f} ± {cell.half:.3f}" for cell in cells)
        rows.append(f"| {name}{star} | {told} | {' | '.join(costs)} |")
    return "\n".join(rows)


def by_accuracy(bench: Bench) -> list[str]:
    """Names, the most accurate first."""
    return sorted(bench.methods, key=lambda name: -bench.interval(name).mean)


def _places(ends: Mapping[str, Reached], what: str) -> dict[str, str]:
    """Cost to the target and, in brackets, the place; a dash where it is not reached."""
    costs = {name: getattr(one, what) for name, one in ends.items()}
    known = sorted(cost for cost in costs.values() if np.isfinite(cost))
    return {
        name: f"{cost:,.0f} ({known.index(cost) + 1})" if np.isfinite(cost) else "–"
        for name, cost in costs.items()
    }


def variance_table(folder: Path, bench: Bench) -> str:
    """Verdicts on the predicted variances, as the training gave them, and how large these are.

    The latter over rounds from 21 on, or the second half of fewer than 40.
    """
    record = json.loads((folder / "result.json").read_text("utf-8"))
    rows = ["| method | realised / predicted | verdict | predicted / squared full step |"]
    rows.append("|---|---|---|---|")
    for name, verdict in record["verdicts"].items():
        ratio = f"{verdict['estimate']:.3f}"
        noise = np.median(
            [_noise(run)[min(20, run.rounds // 2) :] for run in bench.histories[name]]
        )
        rows.append(f"| {name} | {ratio} | {verdict['outcome']} | {noise:.2f} |")
    return "\n".join(rows)


def _noise(run: History) -> npt.NDArray[np.float64]:
    """``(T,)``, variance by theory over the squared length of the full step."""
    known = ~np.isnan(run.predicted_variance)
    told = np.sum(run.predicted_variance, axis=1, where=known)
    return np.asarray(told / np.sum(run.step_norm**2, axis=1, where=known))
