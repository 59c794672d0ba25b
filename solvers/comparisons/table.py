"""The records of a comparison, and the table they print as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
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
        label: "unbiased", with a condition if there is one, or "biased" and by how much; where
            caps of processors are above 1, that pairs are drawn, for which there is no design.
        design: how draws depend on each other; see `Rule`.
        probabilities: ``(V, S)``, read-only; for "turns" and "blocks" they are ``q / S``, for
            "multinomial" expected draws, for "candidates" the chance to be trained.
        variance: ``Σ_s λ_s Var(Δ_s)``, squared units of the scores; inf if biased: no number of
            rounds averages a bias away.
        variance_is: "exact"; "at least" or "at most" where it depends on sums of updates that are
            not known (turns, blocks; clusters and multinomial).
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
        cluster: ``(V,)``, which cluster each processor is in, for the "clusters" design; which
            block, for "blocks".
        objective_text, variance_text: both in six digits where float64 does not hold one of them,
            as "2.25e+321"; else empty.
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
    objective_text: str = ""
    variance_text: str = ""

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

        The key ``skipped`` is None, or the reason. ``objective_text`` and ``variance_text`` are
        there where float64 does not hold these numbers of every method.
        """
        hidden = _TABLES if any(row.variance_text for row in self.rows) else _TABLES | _TEXTS
        names = [field.name for field in fields(ComparisonRow) if field.name not in hidden]
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
_NAMES = 24  # columns of names, if none of them is longer
_TIMES = 10.0  # from here on a ratio is easier to read
_SAME = 5e-4  # what rounds to 0.0 %
_HEADER = ("method", "more", "variance", "draws", "uploads", "ms", "needs")
_TABLES = {"probabilities", "cluster"}
_TEXTS = {"objective_text", "variance_text"}
_SIGNS = {"exact": "", "at least": ">=", "at most": "<="}


def _numbers(row: ComparisonRow) -> tuple[str, ...]:
    """What methods that are one line have in common."""
    sign = _SIGNS[row.variance_is]
    return (
        f"{sign}{_excess(row.ratio)}",
        f"{sign}{row.variance_text or f'{row.variance:.4g}'}",
        f"{row.expected_draws:.4g}",
        f"{row.expected_uploads:.4g}",
    )


def _excess(ratio: float) -> str:
    """How much more variance than the optimum's: "+51 %", or "12 times" it."""
    if not ratio < _TIMES:
        return f"{ratio:.4g} times"
    return f"{100.0 * (ratio - 1.0):+.3g} %" if abs(ratio - 1.0) >= _SAME else "0 %"


def _lines_of(rows: Sequence[ComparisonRow]) -> list[tuple[str, ...]]:
    """Cells; methods that read the same are one line, with the longest time."""
    groups: dict[tuple[str, ...], list[ComparisonRow]] = {}
    for row in rows:
        groups.setdefault(_numbers(row), []).append(row)
    return [
        (
            ", ".join(row.name for row in group),
            *numbers,
            f"{1e3 * max(row.seconds for row in group):.2f}",
            "; ".join(dict.fromkeys(row.needs for row in group)),
        )
        for numbers, group in groups.items()
    ]


def _table(rows: Sequence[ComparisonRow]) -> list[str]:
    """Aligned lines; names and what methods need take several lines where they are long."""
    grid = [_HEADER, *_lines_of(rows)]
    _, *widths = [max(map(len, column)) for column in zip(*grid, strict=True)][:-1]
    rest = sum(widths) + 2 * (len(widths) + 1) + _LEAST_WORDS
    names = [_words(line[0], min(_NAMES, max(_ROOM - rest, _LEAST_WORDS))) for line in grid]
    first = max(len(part) for parts in names for part in parts)
    room = max(_ROOM - first - sum(widths) - 2 * (len(widths) + 1), _LEAST_WORDS)
    lines = []
    for called, (_, *numbers, needs) in zip(names, grid, strict=True):
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths, strict=True)]
        for k, (name, need) in enumerate(zip_longest(called, _words(needs, room), fillvalue="")):
            shown = cells if k == 0 else [" " * width for width in widths]
            lines.append("  ".join([name.ljust(first), *shown, need]).rstrip())
    return lines


def _words(text: str, room: int) -> list[str]:
    return wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _paragraph(text: str) -> str:
    return fill(text, _ROOM, subsequent_indent="  ", break_on_hyphens=False)
