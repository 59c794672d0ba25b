"""Methods on clients with quadratics, exactly: every outcome of a draw is a matrix.

Client ``i`` has ``f_i(x) = c_i/2 (x − b_i)²``, so what a method keeps from round to round, ``z =
(x, memory, 1)``, is multiplied by one matrix for each outcome of the draw, plus noise; ``E zzᵀ``
follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """One outcome of the draw: its probability, its matrix, and the covariance of its noise."""

    chance: float
    matrix: Array
    noise: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Quadratics:
    """Clients with curvatures, centres and data weights ``(N,)``, probabilities of a draw.

    ``noise`` is the variance of every client's gradient.
    """

    curves: Array
    centres: Array
    weights: Array
    chances: Array
    noise: float = 0.0

    @property
    def best(self) -> float:
        """The minimiser of ``F``."""
        return float(self.weights @ (self.curves * self.centres) / self.curvature)

    @property
    def curvature(self) -> float:
        """That of ``F``."""
        return float(self.weights @ self.curves)

    @property
    def smoothness(self) -> float:
        """The largest of the clients'."""
        return float(self.curves.max())

    def value(self, x: float) -> float:
        """``F(x) − F*``."""
        return self.curvature / 2 * (x - self.best) ** 2

    def gradients(self, x: float) -> Array:
        """``∇f_i(x)``, ``(N,)``."""
        return np.asarray(self.curves * (x - self.centres))

    def dissimilarity(self, x: float) -> float:
        """``Σ d_i (∇f_i(x) − ∇F(x))²``."""
        slopes = self.gradients(x)
        return float(self.weights @ (slopes - self.weights @ slopes) ** 2)

    def draws(self) -> Iterator[tuple[float, Array]]:
        """Every outcome of independent draws: its probability, and who is drawn."""
        for drawn in product((0.0, 1.0), repeat=len(self.chances)):
            d = np.array(drawn)
            yield float(np.prod(np.where(d > 0, self.chances, 1 - self.chances))), d


def with_memory(clients: Quadratics, step: float, *, latest: bool) -> list[Outcome]:
    """Rounds of latest updates, or of stale ones with multiple 1, on ``z = (x, h_1..h_N, 1)``."""
    n = len(clients.curves)
    slope = np.zeros((n, n + 2))
    slope[:, 0], slope[:, -1] = clients.curves, -clients.curves * clients.centres
    held = np.hstack([np.zeros((n, 1)), np.eye(n), np.zeros((n, 1))])
    found = []
    for chance, d in clients.draws():
        memory = d[:, None] * slope + (1 - d[:, None]) * held
        if latest:
            weights, update = clients.weights * d, clients.weights @ memory
        else:
            weights = clients.weights * d / clients.chances
            update = clients.weights @ held + weights @ (slope - held)
        matrix = np.eye(n + 2)
        matrix[0] -= step * update
        matrix[1:-1] = memory
        spread = np.vstack([-step * weights, np.diag(d), np.zeros(n)])
        found.append(Outcome(chance=chance, matrix=matrix, noise=clients.noise * spread @ spread.T))
    return found


def squared_gradients(
    clients: Quadratics, outcomes: Iterable[Outcome], start: Array, rounds: int
) -> Array:
    """``E‖∇F(x_t)‖²`` for ``t = 0, ..., rounds − 1``; ``start`` is ``z`` at first."""
    gradient = np.zeros(len(start))
    gradient[0], gradient[-1] = clients.curvature, -clients.curvature * clients.best
    moments = walk(outcomes, start, rounds)[:-1]
    return np.asarray(np.einsum("i,tij,j->t", gradient, moments, gradient))


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalRounds:
    """Rounds of FedAvg on ``z = (x, 1)``: ``count`` local steps of ``local_step`` each."""

    clients: Quadratics
    step: float
    local_step: float
    count: int

    @property
    def kept(self) -> Array:
        """``(N, K)``: what a client keeps of its distance to its centre before each step."""
        return (1 - self.local_step * self.clients.curves[:, None]) ** np.arange(self.count)

    @property
    def slopes(self) -> Array:
        """``(N,)``: a client's mean gradient on its way is this times ``x − b_i``."""
        return np.asarray(self.clients.curves * self.kept.mean(axis=1))

    @property
    def noises(self) -> Array:
        """``(N,)``: the variance of a client's mean noisy gradient."""
        return np.asarray(self.clients.noise * np.sum((self.kept / self.count) ** 2, axis=1))

    def outcomes(self) -> list[Outcome]:
        """One for each outcome of the draw."""
        found = []
        for chance, d in self.clients.draws():
            weights = self.clients.weights * d / self.clients.chances
            pull = weights * self.slopes
            matrix = np.eye(2)
            matrix[0] -= self.step * np.array([pull.sum(), -pull @ self.clients.centres])
            noise = np.zeros((2, 2))
            noise[0, 0] = self.step**2 * float(weights**2 @ self.noises)
            found.append(Outcome(chance=chance, matrix=matrix, noise=noise))
        return found

    def spread(self, mean: float, square: float) -> float:
        """``E Σ d_i‖w_k − x‖²`` on average over the steps, for ``E x`` and ``E x²``."""
        away = _square(mean, square, self.clients.centres)
        noisy = np.cumsum(self.kept**2, axis=1) - self.kept**2
        moved = (self.kept - 1) ** 2 * away[:, None]
        moved += self.local_step**2 * self.clients.noise * noisy
        return float(self.clients.weights @ moved.mean(axis=1))

    def draw_variance(self, mean: float, square: float) -> float:
        """``E‖Σ (P_i − d_i)G_i‖²``."""
        weights = self.clients.weights**2 * (1 / self.clients.chances - 1)
        size = self.slopes**2 * _square(mean, square, self.clients.centres) + self.noises
        return float(weights @ size)

    def dissimilarity(self, mean: float, square: float) -> float:
        """``E Σ d_i‖∇f_i(x) − ∇F(x)‖²``."""
        rest = square - mean**2
        curves = self.clients.curves - self.clients.curvature
        return self.clients.dissimilarity(mean) + rest * float(self.clients.weights @ curves**2)


def _square(mean: float, square: float, centres: Array) -> Array:
    return np.asarray(square - 2 * mean * centres + centres**2)


def walk(outcomes: Iterable[Outcome], start: Array, rounds: int) -> Array:
    """``E zzᵀ`` before every round and after the last, ``(rounds + 1, n, n)``."""
    every, found = list(outcomes), [np.outer(start, start)]
    for _ in range(rounds):
        found.append(
            sum(
                (o.chance * (o.matrix @ found[-1] @ o.matrix.T + o.noise) for o in every),
                np.zeros_like(found[0]),
            )
        )
    return np.array(found)
