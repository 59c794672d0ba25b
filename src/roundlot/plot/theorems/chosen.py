"""Pictures of clients that are chosen by loss, come in turns, or correct their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside
from roundlot.verify.tightness import scaffold_examples as scaffold
from roundlot.verify.tightness import skew_examples as skew
from roundlot.verify.tightness import window_examples as windows

ROUNDS, PLACES = np.arange(1.0, 41.0), np.linspace(-6.0, 6.0, 20)
TURNS = "three clients with quadratics in turns, a client a round"
CORRECTED = "three clients with quadratics, K = 5, an empty memory, every outcome of every draw"


def participation_rate() -> Picture:
    rounds = np.arange(0.0, 60.0)
    return beside(
        "participation_rate",
        "round",
        rounds,
        skew.rate_path(len(rounds)),
        skew.rate_numbers(),
        "three clients with quadratics, every outcome of the draw enumerated",
        logarithmic=True,
    )


def skewed_step() -> Picture:
    """From many points, each with its own skew."""
    best = skew.CLIENTS.best
    points = np.linspace(1.0, 8.0, 15) + best
    told = {**skew.skew_numbers(0), "skew": skew.most_skew(points)}
    skews = [skew.chosen_loss(w) / float(skew.CLIENTS.weights @ skew.losses(w)) for w in points]
    return beside(
        "skewed_step",
        "squared_distance",
        (points - best) ** 2,
        [(skew.next_point(w) - best) ** 2 for w in points],
        {**told, "least_skew": np.array(skews)},
        "the 2 of 4 clients with the greatest losses, one round",
    )


def selection_bias() -> Picture:
    rounds = np.arange(0.0, 41.0)
    path = np.array(skew.path(40))
    return beside(
        "selection_bias",
        "round",
        rounds,
        (path - skew.CLIENTS.best) ** 2,
        {**skew.skew_numbers(40), "initial": (skew.FAR - skew.CLIENTS.best) ** 2},
        "the 2 of 4 clients with the greatest losses; L = 1, μ = 0.6, η = 0.3",
        logarithmic=True,
    )


def _at_points(
    theorem: str,
    varied: str,
    rows: Sequence[Mapping[str, float]],
    truth: Sequence[float],
    instance: str,
) -> Picture:
    told = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return beside(theorem, varied, told.pop(varied), truth, told, instance)


def window_deviation() -> Picture:
    return _at_points(
        "window_deviation",
        "squared_gradient",
        [windows.point_numbers(x) for x in PLACES],
        [windows.deviation(x) for x in PLACES],
        f"{TURNS}, one window from many x",
    )


def window_descent() -> Picture:
    return _at_points(
        "window_descent",
        "value",
        [{**windows.point_numbers(x), "value": windows.CLIENTS.value(x)} for x in PLACES],
        [windows.value_after(x) for x in PLACES],
        f"{TURNS}, one window from many x",
    )


def windows_sum() -> Picture:
    """``c S(T)`` alone, which is below the sum with the value."""
    counts = np.arange(1.0, 31.0)
    truth = [windows.mean_gradient(int(n)) * n * windows.STEP * windows.LENGTH / 4 for n in counts]
    instance = f"{TURNS}; the dots are c S(T) alone"
    return beside("windows_sum", "windows", counts, truth, windows.rate_numbers(30), instance)


def turns() -> Picture:
    counts = np.arange(1.0, 31.0)
    truth = [windows.mean_gradient(int(n)) for n in counts]
    numbers = windows.rate_numbers(30)
    return beside("windows", "windows", counts, truth, numbers, TURNS, logarithmic=True)


def _states() -> list[FloatArray]:
    """The same point with memories more and more stale."""
    fresh = scaffold.CLIENTS.gradients(scaffold.START)
    return [np.array([scaffold.START, *(m * fresh), 1.0]) for m in np.linspace(-1.0, 1.0, 17)]


def _stale(
    theorem: str,
    numbers: Callable[[FloatArray], Mapping[str, float]],
    truth: Callable[[FloatArray], float],
) -> Picture:
    states = _states()
    instance = "three clients with quadratics, K = 5, from one x with many memories"
    rows = [numbers(z) for z in states]
    return _at_points(theorem, "staleness", rows, [truth(z) for z in states], instance)


def corrected_deviation() -> Picture:
    return _stale(
        "corrected_deviation",
        scaffold.local_numbers,
        lambda z: scaffold.deviation(z, scaffold.COUNT),
    )


def corrected_draw() -> Picture:
    return _stale("corrected_draw", scaffold.draw_numbers, scaffold.draw_variance)


def scaffold_round() -> Picture:
    return _stale("scaffold_round", scaffold.round_numbers, scaffold.value_after)


def scaffold_sum() -> Picture:
    """``c S(T)`` alone, which is below the sum with the value and the memory."""
    truth = scaffold.STEP / 4 * np.cumsum(scaffold.gradients(len(ROUNDS)))
    instance = f"{CORRECTED}; the dots are c S(T) alone"
    return beside("scaffold_sum", "rounds", ROUNDS, truth, scaffold.rate_numbers(), instance)


def scaffold_rate() -> Picture:
    truth = np.cumsum(scaffold.gradients(len(ROUNDS))) / ROUNDS
    numbers = scaffold.rate_numbers()
    return beside("scaffold", "rounds", ROUNDS, truth, numbers, CORRECTED, logarithmic=True)
