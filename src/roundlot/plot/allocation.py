"""An optimum's probabilities: by score, by model; what figures of it need of a solution or run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from roundlot.plot.canvas import (
    canvas,
    drawable,
    legend_above,
    legend_height,
    log_axis,
    looks,
    note_size,
    nothing,
    ranks,
    thin,
    widen,
)
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, plain
from roundlot.run.summaries import water_level
from roundlot.theory import InvalidProblemError
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

FloatArray = npt.NDArray[np.float64]
_MOST = 14  # models in a legend


@dataclass(frozen=True, kw_only=True, eq=False)
class Allocation:
    """``V`` processors, ``S`` models.

    ``pair_scores`` and ``probabilities`` are ``(V, S)``; ``scores``, ``totals``, ``caps`` and
    ``capped`` ``(V,)``; ``level`` is the ``t`` of ``q = min(c, t M)``, None without that form.
    """

    pair_scores: FloatArray
    probabilities: FloatArray
    caps: FloatArray
    capped: npt.NDArray[np.bool_]
    budget: float
    level: float | None
    models: tuple[str, ...]

    @property
    def scores(self) -> FloatArray:
        """``M_v = Σ_s a_vs``."""
        return np.asarray(self.pair_scores.sum(axis=1))

    @property
    def totals(self) -> FloatArray:
        """``q_v = Σ_s p_vs``."""
        return np.asarray(self.probabilities.sum(axis=1))


def is_allocated(given: Any) -> bool:
    """Whether this is a solution or a run's result, not an array."""
    return hasattr(given, "probabilities")


def allocation(given: Solution | RunResult) -> Allocation:
    """A solution's probabilities, or those of a run.

    Raises:
        InvalidProblemError: neither.
    """
    of: Any = given
    problem = getattr(of, "problem", None)
    if problem is not None and is_allocated(of):
        return Allocation(
            pair_scores=problem.weighted_scores,
            probabilities=of.probabilities,
            caps=problem.processor_cap,
            capped=of.capped,
            budget=problem.budget,
            level=water_level(of),
            models=tuple(f"model {s + 1}" for s in range(of.probabilities.shape[1])),
        )
    if not is_allocated(of) or not hasattr(of, "solution"):
        raise InvalidProblemError(
            f"{type(of).__name__} has no probabilities; give a Solution or a RunResult"
        )
    return Allocation(
        pair_scores=of.scores,
        probabilities=of.probabilities,
        caps=of.processor_cap,
        capped=of.capped,
        budget=of.solution.budget,
        level=of.solution.level,
        models=of.models,
    )


def of_one_length(**columns: npt.ArrayLike) -> list[npt.NDArray[Any]]:
    """The arrays ``(V,)``, as float64 or bool.

    Raises:
        InvalidProblemError: no numbers, another shape, lengths that differ.
    """
    arrays: list[npt.NDArray[Any]] = []
    for name, values in columns.items():
        try:
            array = np.asarray(values)
            array = array if array.dtype == bool else array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidProblemError(f"{name} holds no numbers ({error})") from error
        if array.ndim != 1 or (arrays and array.shape != arrays[0].shape):
            shapes = array.shape if array.ndim != 1 else (arrays[0].shape, array.shape)
            raise InvalidProblemError(f"{name} does not fit: {shapes}; give one number a processor")
        arrays.append(array)
    return arrays


def names_of(models: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The names given, or "model 1" and so on.

    Raises:
        InvalidProblemError: more or fewer names than models.
    """
    if models is None:
        return tuple(f"model {s + 1}" for s in range(count))
    if len(models) != count:
        raise InvalidProblemError(
            f"{len(models)} {plural(len(models), 'name')} for {count} {plural(count, 'model')}; "
            "give one for each"
        )
    return tuple(models)


@overload
def plot_models(
    probabilities: Solution | RunResult,
    models: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes: ...
@overload
def plot_models(
    probabilities: npt.ArrayLike, models: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes: ...
def plot_models(
    probabilities: Any, models: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Each model's probabilities ``(V, S)``, sorted from the greatest, on logarithmic axes.

    Give a solution, the result of a run, or the table. A line ends where the positive
    probabilities end; the legend gives the draws expected for each model. Beyond 14 models the
    legend is dropped.

    Raises:
        InvalidProblemError: no table, or more or fewer names than models.
    """
    if is_allocated(probabilities):
        of = allocation(probabilities)
        probabilities, models = of.probabilities, models or of.models
    table = np.asarray(probabilities, dtype=float)
    if table.ndim != 2:
        raise InvalidProblemError(f"probabilities have shape {table.shape}; give (V, S)")
    names = names_of(models, table.shape[1])
    with canvas(ax, height=2.15 + legend_height(min(len(names), _MOST))) as ax:
        for column, name, look in zip(table.T, names, _looks(names), strict=True):
            values = np.sort(column[drawable(column)])[::-1]
            keep = ranks(len(values))
            label = f"{plain(name, 18)} ({values.sum():,.4g})"
            alone = "o" if len(values) == 1 else None
            ax.plot(keep + 1, values[keep], label=label, marker=alone, **look)
        if any(line.get_xdata().size for line in ax.lines):  # type: ignore[union-attr]
            log_axis(ax, "x", whole=True)
            log_axis(ax, "y")
            widen(ax)
        else:
            nothing(ax, "no probability is above 0")
        ax.set_xlabel("rank of the processor, from the most probable")
        ax.set_ylabel(r"probability $p_{v,s}$")
        if len(names) <= _MOST:
            legend_above(ax, title="model (draws per round)")
    return ax


def _looks(names: Sequence[str]) -> list[Any]:
    """By place: two models may have the same name."""
    return list(looks(str(k) for k in range(len(names))).values())


@overload
def plot_inclusion(scores: Solution | RunResult, /, *, ax: Axes | None = None) -> Axes: ...
@overload
def plot_inclusion(
    scores: npt.ArrayLike,
    totals: npt.ArrayLike,
    *,
    capped: npt.ArrayLike,
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes: ...
def plot_inclusion(
    scores: Any,
    totals: npt.ArrayLike = (),
    *,
    capped: npt.ArrayLike = (),
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Inclusion probability ``q_v`` against score ``M_v``, both ``(V,)``, on logarithmic axes.

    Give a solution, the result of a run, or arrays: ``capped`` is ``(V,)`` bool. With ``level``
    ``t``, the rule ``t M`` and the score ``1/t`` from which a processor with cap 1 is always drawn
    are marked; the dotted line is the same number of draws spread evenly. Processors without score
    or probability, or with one beyond ``[1e-200, 1e200]``, have no place on the axes.

    Raises:
        InvalidProblemError: arrays of different lengths.
    """
    if is_allocated(scores):
        of = allocation(scores)
        scores, totals, capped, level = of.scores, of.totals, of.capped, of.level
    size, total, at_cap = of_one_length(scores=scores, totals=totals, capped=capped)
    with canvas(ax, height=2.6) as ax:
        _draw(ax, size, total, at_cap.astype(bool), level)
        ax.set_xlabel(r"score $M_v=\sum_s a_{v,s}$ (weighted update norm)")
        ax.set_ylabel(r"inclusion probability $q_v$")
        legend_above(ax)
    return ax


def _draw(
    ax: Axes,
    size: FloatArray,
    total: FloatArray,
    at_cap: npt.NDArray[np.bool_],
    level: float | None,
) -> None:
    shown = drawable(size, total)
    if not shown.any():
        nothing(ax, "no processor has a score and a chance")
        return
    _points(ax, size, total, shown & ~at_cap, BLUE, "o", "below its cap")
    _points(ax, size, total, shown & at_cap, ORANGE, "D", "at its cap")
    _guides(ax, size[shown], total[shown], float(total[shown].sum()) / len(total), level)
    log_axis(ax, "x")
    log_axis(ax, "y")
    widen(ax)


def _points(
    ax: Axes,
    scores: FloatArray,
    totals: FloatArray,
    chosen: npt.NDArray[np.bool_],
    colour: str,
    marker: str,
    label: str,
) -> None:
    if not chosen.any():
        return
    x, y = scores[chosen], totals[chosen]
    keep = thin(np.log10(x), np.log10(y))
    ax.plot(
        x[keep],
        y[keep],
        linestyle="",
        marker=marker,
        markersize=3.2,
        markerfacecolor="white",
        markeredgewidth=0.7,
        color=colour,
        label=f"{label} ({int(chosen.sum()):,})",
    )


def _guides(
    ax: Axes, scores: FloatArray, totals: FloatArray, even: float, level: float | None
) -> None:
    ax.axhline(even, color=GREY, linestyle=":", linewidth=1.0, label="spread evenly")
    if level is None or not drawable(np.array([level, level * scores.min()])).all():
        return
    ends = np.array([scores.min(), min(scores.max(), 1.0 / level)])
    if ends[0] < ends[1]:
        ax.plot(ends, level * ends, color=DARK, linestyle="-", linewidth=0.7, label=r"$t\,M_v$")
    if scores.min() <= 1.0 / level <= scores.max():
        ax.axvline(1.0 / level, color=ORANGE, linestyle="--", linewidth=0.8)
        ax.annotate(
            "certain from here",
            (1.0 / level, totals.min()),
            xytext=(-3, 2),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=note_size(ax),
            color=ORANGE,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )
