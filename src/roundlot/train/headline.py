"""What a training found, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundlot.train.result import TrainingResult


def headline(result: TrainingResult) -> str:
    """The best method but full participation, against the baseline if there is one."""
    measure = "accuracy" if result.classifies else "loss"
    others = [name for name in result.bench.methods if name != result.bench.full]
    names = others or list(result.bench.methods)
    sign = -1.0 if measure == "accuracy" else 1.0
    best = min(names, key=lambda name: sign * result.bench.interval(name, measure).mean)
    text = f"{best} reaches {measure} {result.bench.interval(best, measure)}"
    base = result.baseline
    if base is not None and base != best:
        gap = result.bench.difference(best, base, measure)
        text += f", {gap.mean:+.3g}" + (f" ± {gap.half:.2g}" if gap.n > 1 else "")
        text += f" over {base}"
    text += f" after {result.rounds} rounds"
    if len(result.bench.seeds) > 1:
        text += f" ({len(result.bench.seeds)} seeds, {100 * result.bench.confidence:g} % intervals)"
    return text
