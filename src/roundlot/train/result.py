"""What training gives: histories of every method and seed, and verdicts on predicted variances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundlot.simulate.training import Bench
from roundlot.train.outcome import Outcome

if TYPE_CHECKING:
    from roundlot.report.figures import ReportFigure


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingResult(Outcome[Bench]):
    """One setup's training; see `Outcome`.

    Attributes:
        clients, processors, budget: ``N``, ``V`` and the draws expected in a round.
        verdicts: by method, for those that were measured.
    """

    clients: int
    processors: int
    budget: float

    format = "roundlot.train/1"
    template = "training.html.jinja"

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self._first.models)

    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see `Bench.to_records`."""
        return self.bench.to_records(self.baseline)

    def headline(self) -> str:
        """The best method but full participation, against the baseline if there is one."""
        measure, bench = "accuracy" if self.classifies else "loss", self.bench
        others = [name for name in bench.methods if name != bench.full]
        names = others or list(bench.methods)
        sign = -1.0 if measure == "accuracy" else 1.0
        best = min(names, key=lambda name: sign * bench.interval(name, measure).mean)
        text = f"{best} reaches {measure} {bench.interval(best, measure)}"
        base = self.baseline
        if base is not None and base != best:
            gap = bench.difference(best, base, measure)
            text += f", {gap.mean:+.3g}" + (f" ± {gap.half:.2g}" if gap.n > 1 else "")
            text += f" over {base}"
        text += f" after {self.rounds} rounds"
        if len(bench.seeds) > 1:
            text += f" ({len(bench.seeds)} seeds, {100 * bench.confidence:g} % intervals)"
        return text

    def figures(self) -> tuple[ReportFigure, ...]:
        """Every figure that there are numbers for, in the order of the page."""
        from roundlot.train.figures import draw_figures

        return draw_figures(self)

    def per_model(self) -> list[dict[str, Any]]:
        """For every method the final accuracy of each model, or its loss, mean over seeds."""
        name = "accuracy" if self.classifies else "loss"
        return [
            {
                "method": method,
                "values": [
                    sum(float(getattr(run, name)[-1, s]) for run in runs) / len(runs)
                    for s in range(len(self.models))
                ],
            }
            for method, runs in self.bench.histories.items()
        ]

    def _facts(self) -> dict[str, Any]:
        return {
            "clients": self.clients,
            "processors": self.processors,
            "models": list(self.models),
            "budget": self.budget,
        }
