"""Rounds where the variance grows with the excess value: the best steps, in closed-form pieces.

The step of theorem growing_step (or steep_step) gives ``a⁺ <= ((1 − γμ)² + γ²μS) a + γ²σ²``; the
step that makes it least, round by round, is the best sequence, for the right side grows with ``a``.
A piece holds ``(S, σ²)`` fixed while ``a`` falls by a small share, so that ``1/a`` grows by as much
every round (theorem growing_best_steps), or, where the best step is longer than the theorem
admits, uses the longest (theorem growing_constant_step).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from roundlot.theory.rates.plans import LARGEST, Setting
from roundlot.theory.rates.schedule import Piece, RoundsBound, Schedule

CONDITIONS = (
    "L > μ",
    "S <= L − μ and γ <= 2/(L + μ + S), or S >= L − μ and γ <= 1/(μ + S)",
)
_SHARES = 25  # tried where one share holds for all rounds
SHARE = 1.0 / 128.0  # by which a piece lets a fall: the rounds are within about 1 % of the best


@dataclass(frozen=True, kw_only=True)
class Growing:
    """What the rounds depend on, with ``E‖ξ‖² <= 2S(F(x) − F*) + σ²`` on the whole path.

    ``(S, σ²)`` are ``slope`` and ``noise``; or, with a ``split`` ``M``, ``(slope + θM,
    (1 + 1/θ) noise)`` with any ``θ > 0`` (theorem expected_smoothness).
    """

    L: float
    mu: float
    slope: float
    noise: float
    initial: float
    target: float
    split: float = 0.0

    def pair(self, squared_distance: float) -> tuple[float, float]:
        """``(S, σ²)`` with the least ``σ² + μSa`` at ``a``."""
        if self.split == 0.0 or self.noise == 0.0:
            return self.slope, self.noise
        share = math.sqrt(self.noise / self.mu / self.split / squared_distance)
        if not 0.0 < share < math.inf:  # one of the two is nothing beside the other
            share = 1.0
        return self.slope + share * self.split, (1.0 + 1.0 / share) * self.noise

    def longest(self, slope: float) -> float:
        """The longest step that theorem growing_step or steep_step admits."""
        if slope <= self.L - self.mu:
            return 2.0 / (self.L + self.mu + slope)
        return 1.0 / (self.mu + slope)


def growing(setting: Growing) -> RoundsBound | None:
    """The fewest rounds by the best steps; None if they cannot be counted."""
    bound, rounds = setting.initial, 0
    pieces = [] if bound > setting.target else [_piece(setting, 0, bound or setting.target)[0]]
    while bound > setting.target:
        piece, count = _piece(setting, rounds, bound)
        pieces.append(piece)
        after = piece.at(rounds + count)
        if after <= setting.target:
            count = _least(piece, rounds, count, setting.target)
            after = setting.target
        if not (rounds + count < LARGEST and after < bound):
            return None
        bound, rounds = after, rounds + count
    return RoundsBound(
        rounds=rounds,
        schedule=Schedule(kind="switched", pieces=tuple(pieces)),
        initial=setting.initial,
        target=setting.target,
        C=setting.noise / setting.mu**2,
        floor=0.0,
        contraction=1.0,
        theorems=_theorems(setting, pieces),
        conditions=CONDITIONS,
    )


def one_pair(
    setting: Growing, plan: Callable[[Setting], RoundsBound | None], rate: str
) -> RoundsBound | None:
    """The fewest rounds of a plan that holds one ``(S, σ²)`` from the first round to the last."""
    found = []
    for slope, noise in _pairs(setting):
        bound = plan(
            Setting(
                L=setting.L,
                mu=setting.mu,
                variance=noise,
                initial=setting.initial,
                target=setting.target,
                slope=slope,
            )
        )
        if bound is not None:
            found.append(
                (bound, "growing_step" if slope <= setting.L - setting.mu else "steep_step")
            )
    if not found:
        return None
    best, step = min(found, key=lambda pair: pair[0].rounds)
    names = ("expected_smoothness",) * (setting.split > 0.0) + (step, rate)
    return replace(best, theorems=names, conditions=CONDITIONS)


def _pairs(setting: Growing) -> list[tuple[float, float]]:
    """``(S, σ²)`` for shares between those that are best at the start and at the target."""
    most = max(setting.initial, setting.target)
    return [setting.pair(float(a)) for a in np.geomspace(most, setting.target, _SHARES)]


def _piece(setting: Growing, start: int, bound: float) -> tuple[Piece, int]:
    """The piece that begins with ``bound`` at round ``start``, and its number of rounds."""
    mu, (slope, noise) = setting.mu, setting.pair(bound)
    level = noise + mu * slope * bound
    ratio = level / mu / mu / bound  # 1/(γμ) is one more
    longest = setting.longest(slope)
    if 1.0 / mu > longest * (1.0 + ratio):
        step = longest
        lost = step * mu * (2.0 - step * (mu + slope))
        piece = Piece(
            start=start,
            top=bound,
            step=step,
            contraction=1.0 - lost,
            floor=step * step * noise / lost,
        )
        return piece, _whole(SHARE / lost)
    piece = Piece(start=start, top=bound, scale=1.0 / mu, ratio=ratio)
    return piece, _whole(SHARE * ratio)


def _whole(rounds: float) -> int:
    return max(1, math.floor(min(rounds, float(LARGEST))))


def _least(piece: Piece, start: int, count: int, target: float) -> int:
    """The least number of rounds of a piece that reaches ``target``, which ``count`` do."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if piece.at(start + middle) <= target else (middle, high)
    return high


def _theorems(setting: Growing, pieces: list[Piece]) -> tuple[str, ...]:
    slopes = [setting.pair(piece.top)[0] for piece in pieces]
    names = ["expected_smoothness"] if setting.split > 0.0 else []
    apart = setting.L - setting.mu
    names += ["growing_step"] * any(slope <= apart for slope in slopes)
    names += ["steep_step"] * any(slope > apart for slope in slopes)
    names += ["growing_constant_step"] * any(piece.step > 0.0 for piece in pieces)
    names += ["growing_best_steps"] * any(piece.step == 0.0 for piece in pieces)
    return tuple(names)
