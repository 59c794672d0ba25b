"""What training with workers gives: histories, what is known of every mixing, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundlot.simulate.workers import WorkerBench
from roundlot.train.outcome import Outcome

if TYPE_CHECKING:
    from roundlot.report.figures import ReportFigure


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkersResult(Outcome[WorkerBench]):
    """One setup's training with workers; see `Outcome`.

    Attributes:
        target: the objective that is to be reached, or None.
        mixing: a record for every method that mixes over a graph: graph, budget, links a round,
            predicted and empirical ``ρ``, the theory's rate or why it is refused.
        verdicts: on the mixing matrices that were drawn, by method.
    """

    target: float | None
    mixing: tuple[Mapping[str, Any], ...]

    format = "roundlot.train.workers/1"
    template = "workers.html.jinja"

    @property
    def n_workers(self) -> int:
        """``n``."""
        return int(self._first.n_workers)

    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see `WorkerBench.to_records`."""
        return self.bench.to_records(self.baseline, self.target)

    def headline(self) -> str:
        """What was found, in one sentence."""
        names = self.bench.methods
        best = min(names, key=lambda name: self.bench.interval(name).mean)
        text = f"{best} has the least objective, {self.bench.interval(best)}"
        if self.target is not None:
            seconds = {name: self.bench.until(name, self.target).mean() for name in names}
            first = min(seconds, key=lambda name: float(seconds[name]))
            if seconds[first] < float("inf"):
                text += f"; {first} is first at {self.target:g}, after {seconds[first]:.4g} s"
        text += f", {self.rounds} rounds of {self.n_workers} workers"
        seeds = len(self.bench.seeds)
        return text + (f" ({seeds} seeds)" if seeds > 1 else "")

    def figures(self) -> tuple[ReportFigure, ...]:
        """Every figure that there are numbers for, in the order of the page."""
        from roundlot.train.workers_figures import draw_worker_figures

        return draw_worker_figures(self)

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Records by the table's name: summary, evaluations, rounds, and mixing if there is any."""
        return super().tables() | ({"mixing": self.mixing} if self.mixing else {})

    def _facts(self) -> dict[str, Any]:
        mixing = [dict(row) for row in self.mixing]
        return {"workers": self.n_workers, "target": self.target, "mixing": mixing}
