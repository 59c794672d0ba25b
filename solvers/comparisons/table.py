"""The records of a comparison, and the table they print as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from textwrap import fill, wrap
from typing import Any, Literal

from roundlot.solvers.rules.rule import DesignName
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.names import closest
from roundlot.theory.tabular import Tabular, records
from roundlot.theory.text import short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparisonRow:
    """One method on one problem.

    Attributes:
        name: the method.
        needs: what it has to know.
        source: where it comes from.
        label: "unbiased", with a condition if there is one, or "biased" and by how much.
        design: how draws depend on each other; see `Rule`.
        probabilities: ``(V, S)``, read-only; for "turns" they are ``q / S``, for "multinomial"
            expected draws, for "candidates" the chance to be trained.
        variance: ``Σ_s λ_s Var(Δ_s)``, squared units of the scores; inf if biased: no number of
            rounds averages a bias away.
        variance_is: "exact"; "at least" or "at most" where it depends on sums of updates that are
            not known (turns; clusters and multinomial).
        ratio: the variance over that of the optimum; 1 if both are 0.
        objective: ``Σ λ a² / p``, what the optimum minimises.
        gap: the objective's excess over the optimum's, relative.
        never_drawn: the share of all score ``Σ √λ a`` on pairs with ``p = 0``: 0 if unbiased.
        weight_moved: the share of aggregation weight that goes to others than its data, on average
            over rounds and models; 0 unless the rule averages plainly what it chose by loss.
        participation_variance: ``Σ_s Var(H_s)`` of the aggregate weights of available pairs;
            None without weights.
        expected_draws: ``Σ p``.
        expected_uploads: distinct (client, model) messages expected in a round.
        seconds: median wall-clock time to get the probabilities.
        cluster: ``(V,)``, which cluster each processor is in, for the "clusters" design.
    """

    name: str
    needs: str
    source: str
    label: str
    design: DesignName
    probabilities: FloatArray
    variance: float
    variance_is: Literal["exact", "at least", "at most"]
    ratio: float
    objective: float
    gap: float
    never_drawn: float
    weight_moved: float
    participation_variance: float | None
    expected_draws: float
    expected_uploads: float
    seconds: float
    cluster: IntArray | None = None

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class SkippedRow:
    """A method that could not be compared, and why."""

    name: str
    needs: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Tabular):
    """Every method on one problem, the optimum first.

    Attributes:
        problem: what was compared on.
        rows: methods with numbers.
        skipped: methods without, each with its reason.
    """

    problem: Problem
    rows: tuple[ComparisonRow, ...]
    skipped: tuple[SkippedRow, ...]

    def row(self, name: str) -> ComparisonRow:
        """The row of a method.

        Raises:
            KeyError: no such method, or it was skipped; the message says which.
        """
        for row in self.rows:
            if row.name == name:
                return row
        for left_out in self.skipped:
            if left_out.name == name:
                raise KeyError(f"{name} was skipped: {left_out.reason}")
        known = [row.name for row in self.rows]
        raise KeyError(f"no method is called {name!r}; {closest(name, known)}")

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dictionary per method, without its tables; skipped ones hold None.

        The key ``skipped`` is None, or the reason.
        """
        names = [field.name for field in fields(ComparisonRow) if field.name not in _TABLES]
        empty: dict[str, Any] = dict.fromkeys([*names, "skipped"])
        done = [empty | {name: getattr(row, name) for name in names} for row in self.rows]
        left_out = [
            empty | {"name": row.name, "needs": row.needs, "skipped": row.reason}
            for row in self.skipped
        ]
        return done + left_out

    def _columns(self) -> Mapping[str, Any]:
        return records(self.to_records())

    def _library(self) -> str | None:
        return self.problem.names.library

    def _record(self) -> dict[str, Any]:
        return {"methods": self.to_records()}

    def __str__(self) -> str:
        """A table of 80 columns, and below it who is biased and what was skipped."""
        lines = _table(self.rows)
        biased: dict[str, list[str]] = {}
        for row in self.rows:
            if row.label != "unbiased":
                biased.setdefault(row.label, []).append(row.name)
        skipped: dict[str, list[str]] = {}
        for left_out in self.skipped:
            skipped.setdefault(left_out.reason, []).append(left_out.name)
        lines += [_paragraph(f"{', '.join(names)}: {why}") for why, names in biased.items()]
        lines += [
            _paragraph(f"skipped {', '.join(names)}: {why}") for why, names in skipped.items()
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        others = sorted(row.ratio for row in self.rows[1:])
        best = f", the next best at {others[0]:.4g} times its variance" if others else ""
        return (
            f"Comparison({len(self.rows)} methods, {self.rows[0].name!r} first{best}, "
            f"{len(self.skipped)} skipped)"
            if self.rows
            else f"Comparison(no method, {len(self.skipped)} skipped)"
        )


_ROOM = 80  # columns, as terminals have at first
_LEAST_WORDS = 12  # columns of what a method needs, however long names are
_HEADER = ("method", "variance", "ratio", "draws", "uploads", "ms", "needs")
_TABLES = {"probabilities", "cluster"}
_SIGNS = {"exact": "", "at least": ">=", "at most": "<="}


def _cells(row: ComparisonRow) -> tuple[str, ...]:
    sign = _SIGNS[row.variance_is]
    return (
        row.name,
        f"{sign}{row.variance:.4g}",
        f"{sign}{row.ratio:.4g}",
        f"{row.expected_draws:.4g}",
        f"{row.expected_uploads:.4g}",
        f"{1e3 * row.seconds:.2f}",
        row.needs,
    )


def _table(rows: Sequence[ComparisonRow]) -> list[str]:
    """Aligned lines; what a method needs stands at the end, in several lines where it is long."""
    grid = [_HEADER, *map(_cells, rows)]
    first, *widths = [max(map(len, column)) for column in zip(*grid, strict=True)][:-1]
    lines = []
    for name, *numbers, needs in grid:
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths, strict=True)]
        head = "  ".join([name.ljust(first), *cells]) + "  "
        room = max(_ROOM - len(head), _LEAST_WORDS)
        parts = wrap(needs, room, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [(head if k == 0 else " " * len(head)) + part for k, part in enumerate(parts)]
    return [line.rstrip() for line in lines]


def _paragraph(text: str) -> str:
    return fill(text, _ROOM, subsequent_indent="  ", break_on_hyphens=False)
