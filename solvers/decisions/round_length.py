"""How long a synchronous round takes: the slowest of the pairs that were drawn.

Processors draw independently, at most one model each, so the length ``T`` of a round has

    P(T <= t) = Π_v (1 − Σ_{s: t_vs > t} p_vs),    E[T] = ∫ (1 − P(T <= t)) dt,

an exact finite sum over the sorted times. A round in which nobody is drawn takes no time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan, real_numbers
from roundlot.theory.positions import by_position

NEAR = 1e-9


@by_position()
def pair_seconds(
    samples: npt.ArrayLike,
    speed: npt.ArrayLike,
    link: npt.ArrayLike,
    model_bytes: npt.ArrayLike,
    *,
    epochs: float = 1.0,
) -> FloatArray:
    """``(V, S)`` seconds from the draw of a pair to the arrival of its update.

    Args:
        samples: ``(V, S)``, training samples of the processor's client for each model.
        speed: ``(V,)``, samples per second.
        link: ``(V,)``, upload rate in Mbit/s.
        model_bytes: scalar or ``(S,)``, size of an update.
        epochs: passes over the samples.

    Raises:
        InvalidProblemError: a wrong shape, a negative or infinite value, a speed or link of 0.
    """
    table = numbers_or_nan(samples, "samples")
    if table.ndim != 2:
        raise InvalidProblemError(f"samples have shape {table.shape}; give (V, S)")
    rates = []
    for name, values in (("speed", speed), ("link", link)):
        rate = numbers_or_nan(values, name)
        if rate.shape != table.shape[:1] or not np.all(np.isfinite(rate) & (rate > 0.0)):
            raise InvalidProblemError(f"{name} must be {len(table)} finite numbers above 0")
        rates.append(rate[:, None])
    size = numbers_or_nan(model_bytes, "model_bytes")
    if size.shape not in ((), table.shape[1:]):
        raise InvalidProblemError(f"model_bytes has shape {size.shape}; give {table.shape[1:]}")
    for name, number in (("model_bytes", size), ("epochs", np.float64(epochs))):
        if not np.all(np.isfinite(number) & (number >= 0.0)):
            raise InvalidProblemError(f"{name} must be finite and at least 0")
    seconds = epochs * table / rates[0] + 8e-6 * size / rates[1]
    return checked_seconds(seconds, table.shape)


def checked_seconds(
    seconds: npt.ArrayLike, shape: tuple[int, ...], name: str = "seconds"
) -> FloatArray:
    """``(V, S)`` times, finite and at least 0.

    Raises:
        InvalidProblemError: otherwise.
    """
    table = real_numbers(seconds, name)
    if table.shape != shape:
        raise InvalidProblemError(f"{name} has shape {table.shape}; give a time for each, {shape}")
    bad = np.argwhere(~(np.isfinite(table) & (table >= 0.0)))
    if bad.size:
        where = tuple(int(i) for i in bad[0])
        raise InvalidProblemError(
            f"{name}[{', '.join(map(str, where))}] is {table[where]:g}; it must be finite and at "
            "least 0"
        )
    return table.copy()


@by_position()
def expected_round_length(seconds: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """``E[T]`` of a round, exact up to rounding.

    Args:
        seconds: ``(V, S)``, time of each pair.
        probabilities: ``(V, S)``, each processor's sum at most 1.

    Raises:
        InvalidProblemError: a malformed table, a processor that draws more than one model.
    """
    p = real_numbers(probabilities, "probabilities")
    if p.ndim != 2:
        raise InvalidProblemError(f"probabilities have shape {p.shape}; give a table (V, S)")
    times = checked_seconds(seconds, p.shape)
    if not np.all(p >= 0.0) or np.any(p.sum(axis=1) > 1.0 + NEAR):
        raise InvalidProblemError(
            "probabilities must be at least 0 and sum to at most 1 for each processor: a round's "
            "length is known for processors that draw at most one model"
        )
    falling, late = _late(times, p)
    return float(np.sum(late * -np.diff(np.append(falling, 0.0))))


def _late(times: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """All times, falling, and ``P(T > t)`` just below each: ``(VS,)`` both."""
    order = np.argsort(-times, axis=1, kind="stable")
    inside = np.minimum(np.cumsum(np.take_along_axis(p, order, axis=1), axis=1), 1.0)
    before = np.column_stack((np.zeros(len(p)), inside[:, :-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before < 1.0, np.log1p(-inside) - np.log1p(-before), 0.0)
    sorted_times = np.take_along_axis(times, order, axis=1).reshape(-1)
    falling = np.argsort(-sorted_times, kind="stable")
    return sorted_times[falling], -np.expm1(np.cumsum(change.reshape(-1)[falling]))


def length_slopes(seconds: FloatArray, probabilities: FloatArray) -> FloatArray:
    """``(V, S)``, ``∂E[T]/∂p_vs = ∫_0^{t_vs} Π_{w != v} (1 − q_w(t)) dt``, ``q_w`` as in ``P``.

    Processors that are sure to be late count with 1e-9 of being on time.
    """
    falling, late = _late(seconds, probabilities)
    rising, on_time = falling[::-1], (1.0 - late)[::-1]
    # on_time[k] holds on [rising[k−1], rising[k])
    whole = np.concatenate(([0.0], np.cumsum(on_time * np.diff(np.append(0.0, rising)))))
    points = np.concatenate(([0.0], rising))
    order = np.argsort(seconds, axis=1, kind="stable")
    own = np.take_along_axis(seconds, order, axis=1)
    chance = np.take_along_axis(probabilities, order, axis=1)
    later = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]  # Σ of p at this time or later
    area = np.interp(own, points, whole)
    pieces = np.diff(np.column_stack((np.zeros(len(own)), area)), axis=1)
    slopes = np.empty_like(seconds)
    gains = np.cumsum(pieces / np.maximum(1.0 - later, 1e-9), axis=1)
    np.put_along_axis(slopes, order, gains, axis=1)
    return slopes
