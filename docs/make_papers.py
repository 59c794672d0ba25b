"""Fills the tables and draws the figures of docs/papers.md from trainings kept in a folder.

Run the commands that the page names, then `python docs/make_papers.py build/papers`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from roundlot.plot.style import save_figure
from roundlot.plot.training import plot_step_variance, plot_training
from roundlot.simulate.runs.paired_runs import Interval
from roundlot.train import load_bench

if TYPE_CHECKING:
    import numpy.typing as npt

    from roundlot.simulate.training import Bench, History

HERE = Path(__file__).parent
PAGE, IMAGES = HERE / "papers.md", HERE / "images"
OVER_ROUNDS = "worst accuracy, mean over rounds"
SHOWN = ("full", "random", "turns", "gvr", "lvr", "stale-vr", "stale-vre", "stale-vre-fitted")


class Claim(NamedTuple):
    """``method`` does better than ``other`` in ``measure``; what was published, if anything."""

    words: str
    published: str
    method: str
    other: str
    measure: str = "accuracy"


CLAIMS: dict[str, tuple[Claim, ...]] = {
    "poster": (
        Claim("GVR above random", "0.535 against 0.385", "gvr", "random"),
        Claim("GVR above round-robin", "0.535 against 0.41", "gvr", "round-robin"),
        Claim("round-robin above random", "0.41 against 0.385", "round-robin", "random"),
        Claim("GVR above data size", "", "gvr", "data-size"),
    ),
    "devices": (
        Claim("the best above random", "up to 19.1 %", "stale-vr", "random"),
        Claim("LVR above random", "yes", "lvr", "random"),
        Claim("GVR above random", "yes", "gvr", "random"),
        Claim("StaleVR above GVR (stale against fresh)", "yes", "stale-vr", "gvr"),
        Claim("LVR above data size", "", "lvr", "data-size"),
        Claim("StaleVRE above LVR (stale against fresh)", "yes", "stale-vre", "lvr"),
        Claim("StaleVRE with the last fit above StaleVRE", "", "stale-vre-fitted", "stale-vre"),
        Claim("StaleVR above FedVARP", "yes", "stale-vr", "fedvarp"),
        Claim("StaleVR above MIFA", "yes", "stale-vr", "mifa"),
        Claim("StaleVR above SCAFFOLD", "yes", "stale-vr", "scaffold"),
        Claim("full above StaleVR", "by 5.4 %", "full", "stale-vr"),
    ),
    "fair": (
        Claim(
            "worst model, α = 3 draw above uniform draw",
            "yes",
            "alpha-fair draw",
            "uniform draw",
            "worst_accuracy",
        ),
        Claim(
            "worst model, α = 3 budgets above equal budgets",
            "",
            "alpha-fair budgets",
            "equal budgets",
            "worst_accuracy",
        ),
        Claim(
            "worst model, α = 3 budgets above uniform draw",
            "",
            "alpha-fair budgets",
            "uniform draw",
            "worst_accuracy",
        ),
        Claim(
            "worst model, past shares above uniform draw",
            "",
            "past shares",
            "uniform draw",
            "worst_accuracy",
        ),
        Claim(
            "worst model, α = 3 draw, averaged, above round-robin",
            "yes",
            "alpha-fair mean",
            "round-robin",
            "worst_accuracy",
        ),
        Claim(
            "worst model, α = 3 draw above round-robin",
            "",
            "alpha-fair draw",
            "round-robin",
            "worst_accuracy",
        ),
        Claim(
            "worst model, α = 3 draw above turns",
            "",
            "alpha-fair draw",
            "turns",
            "worst_accuracy",
        ),
        Claim(
            "worst model, α = 3 draw by error rate above by loss",
            "",
            "alpha-fair draw",
            "alpha-fair by loss",
            "worst_accuracy",
        ),
        Claim(
            "worst model, mean over rounds, α = 3 draw above uniform draw",
            "faster",
            "alpha-fair draw",
            "uniform draw",
            OVER_ROUNDS,
        ),
        Claim(
            "worst model, mean over rounds, α = 3 budgets above equal budgets",
            "",
            "alpha-fair budgets",
            "equal budgets",
            OVER_ROUNDS,
        ),
        Claim(
            "mean over models, α = 3 draw above uniform draw",
            "equal",
            "alpha-fair draw",
            "uniform draw",
        ),
    ),
    "groups": (
        Claim("group sampling above random", "up to 15 %", "group-sampling", "random"),
        Claim("group sampling above round-robin", "yes", "group-sampling", "round-robin"),
        Claim("group sampling above FedAvg", "", "group-sampling", "fedavg"),
        Claim("groups by loss above random groups", "", "group-sampling", "random groups"),
        Claim("unbiased above the plain mean", "", "unbiased groups", "group-sampling"),
    ),
    "digits": (
        Claim("GVR above random", "", "gvr", "random"),
        Claim("LVR above random", "", "lvr", "random"),
        Claim("GVR above LVR", "", "gvr", "lvr"),
        Claim("StaleVR above GVR (stale against fresh)", "", "stale-vr", "gvr"),
        Claim("StaleVRE above LVR (stale against fresh)", "", "stale-vre", "lvr"),
        Claim("StaleVRE with the last fit above LVR", "", "stale-vre-fitted", "lvr"),
        Claim("StaleVRE with the last fit above StaleVRE", "", "stale-vre-fitted", "stale-vre"),
        Claim("StaleVR above StaleVRE", "", "stale-vr", "stale-vre"),
        Claim("full above StaleVR", "", "full", "stale-vr"),
        Claim("FedVARP (β = 1) above random", "", "fedvarp", "random"),
        Claim("FedStale (β = ½) above random", "", "fedstale", "random"),
        Claim("MIFA above random", "", "mifa", "random"),
        Claim("FedAvg, biased, above random", "", "fedavg", "random"),
        Claim("data size above random", "", "data-size", "random"),
        Claim("GVR above data size", "", "gvr", "data-size"),
    ),
}


def claims_table(bench: Bench, claims: Sequence[Claim]) -> str:
    """What was claimed, and the paired difference over seeds with its interval."""
    rows = ["| claim | published | ours | difference | verdict |", "|---|---|---|---|---|"]
    for claim in claims:
        better, worse = (values(bench, name, claim.measure) for name in (claim.method, claim.other))
        gap = Interval.of(better - worse)
        verdict = verdict_of(gap, equal=claim.published == "equal")
        rows.append(
            f"| {claim.words} | {claim.published} | "
            f"{better.mean():.3f} against {worse.mean():.3f} | "
            f"{gap.mean:+.3f} ± {gap.half:.3f} | {verdict} |"
        )
    return "\n".join(rows)


def verdict_of(gap: Interval, *, equal: bool) -> str:
    """Above zero throughout; or, of two that are to be equal, within two points of each other."""
    if equal:
        return "holds within 0.02" if max(-gap.low, gap.high) < 0.02 else "inconclusive"
    return "holds" if gap.low > 0 else "does not hold" if gap.high < 0 else "inconclusive"


def values(bench: Bench, method: str, measure: str) -> npt.NDArray[np.float64]:
    """``(seeds,)``, a measure at the end, or the worst model's accuracy all along."""
    if measure != OVER_ROUNDS:
        return bench.values(method, measure)
    return np.array([run.worst_accuracy[1:].mean() for run in bench.histories[method]])


def methods_table(bench: Bench) -> str:
    """Every method at the end of training."""
    rows = [
        "| method | accuracy | worst model | loss | updates sent | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(bench.methods, key=lambda name: -bench.interval(name).mean):
        cells = [bench.interval(name, what) for what in ("accuracy", "worst_accuracy", "loss")]
        costs = [bench.interval(name, what).mean for what in ("uploads", "seconds")]
        star = " \\*" if bench.histories[name][0].label.startswith("biased") else ""
        rows.append(
            f"| {name}{star} | "
            + " | ".join(f"{cell.mean:.3f} ± {cell.half:.3f}" for cell in cells)
            + f" | {costs[0]:,.0f} | {costs[1]:,.0f} |"
        )
    return "\n".join(rows)


def variance_table(folder: Path, bench: Bench) -> str:
    """Verdicts on the predicted variances, as the training gave them, and how large these are."""
    record = json.loads((folder / "result.json").read_text("utf-8"))
    rows = ["| method | realised / predicted | verdict | predicted / squared full step |"]
    rows.append("|---|---|---|---|")
    for name, verdict in record["verdicts"].items():
        ratio = f"{verdict['estimate']:.3f}"
        noise = np.median([_noise(run)[20:] for run in bench.histories[name]])
        rows.append(f"| {name} | {ratio} | {verdict['outcome']} | {noise:.2f} |")
    return "\n".join(rows)


def _noise(run: History) -> npt.NDArray[np.float64]:
    """``(T,)``, variance by theory over the squared length of the full step."""
    known = ~np.isnan(run.predicted_variance)
    told = np.sum(run.predicted_variance, axis=1, where=known)
    return np.asarray(told / np.sum(run.step_norm**2, axis=1, where=known))


def pictures(bench: Bench, name: str) -> None:
    """Accuracy against rounds, uploads and seconds, and the steps' variances."""
    runs = {method: bench.histories[method] for method in SHOWN if method in bench.methods}
    for against in ("rounds", "uploads", "seconds"):
        figure = plot_training(runs, against=against).get_figure()
        save_figure(figure, IMAGES / f"papers-{name}-{against}.svg")  # type: ignore[arg-type]
    figure = plot_step_variance(runs).get_figure()
    save_figure(figure, IMAGES / f"papers-{name}-variance.svg")  # type: ignore[arg-type]


def filled(text: str, name: str, table: str) -> str:
    """The page with a table between its marks."""
    mark = re.escape(f"<!-- {name} -->")
    pattern = re.compile(f"({mark}\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{PAGE} has no mark <!-- {name} --> with an end")
    return pattern.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def main(folder: Path) -> None:
    """Write everything; says so."""
    text = PAGE.read_text("utf-8")
    for name, claims in CLAIMS.items():
        bench = load_bench(folder / name)
        text = filled(text, name, claims_table(bench, claims))
        if name == "digits":
            text = filled(text, "digits methods", methods_table(bench))
            text = filled(text, "digits variance", variance_table(folder / name, bench))
            pictures(bench, name)
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE} and {IMAGES}/papers-*.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/papers"))
