"""Cases of the inequalities that other proofs cite, each where it is attained."""

from __future__ import annotations

import numpy as np

from roundlot.verify.tightness.case import MU, Case, L, bound_of
from roundlot.verify.tightness.network_cases import RING, SLOW, R

SHARES, VECTORS = np.array([0.5, 0.3, 0.2]), np.array([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.0]])


def _moment(vectors: np.typing.NDArray[np.float64]) -> float:
    return float(SHARES @ np.sum(vectors**2, axis=1))


MIDDLE = SHARES @ VECTORS
EQUAL = np.tile([1.0, 2.0], (3, 1))


def _gradient() -> float:
    """``‖∇f‖²`` over quadratics with ``f(x) − f* = 1``: ``2h``."""
    return float(np.max(2 * np.linspace(MU, L, 11)))


LEMMA_CASES: tuple[Case, ...] = (
    Case(
        theorem="centred",
        bound=bound_of("centred", second_moment=_moment(VECTORS - MIDDLE)),
        quadratic=lambda: _moment(VECTORS - MIDDLE - SHARES @ (VECTORS - MIDDLE)),
        setting="vectors of mean zero",
    ),
    Case(
        theorem="mean_over_clients",
        bound=bound_of("mean_over_clients", second_moment=_moment(EQUAL)),
        quadratic=lambda: float(np.sum((SHARES @ EQUAL) ** 2)),
        setting="equal vectors",
    ),
    Case(
        theorem="cauchy_schwarz",
        bound=bound_of(
            "cauchy_schwarz",
            root_moment=float(np.sqrt(_moment(VECTORS))),
            other_root_moment=float(np.sqrt(_moment(2 * VECTORS))),
        ),
        quadratic=lambda: float(SHARES @ np.sum(VECTORS * 2 * VECTORS, axis=1)),
        setting="one twice the other",
    ),
    Case(
        theorem="bounded_gradient",
        bound=bound_of("bounded_gradient", smoothness=L, value=1.0),
        quadratic=_gradient,
        setting="f(x) − f* = 1",
    ),
    Case(
        theorem="mixing",
        bound=bound_of("mixing", contraction=R, squared_norm=float(SLOW @ SLOW)),
        quadratic=lambda: float(np.sum((RING @ SLOW) ** 2)),
        setting="the slowest direction of the ring",
    ),
)
