"""Small fleets with processors of every kind: several to a client, unavailable models, tiny p."""

from collections.abc import Callable

import numpy as np
import pytest

from roundlot.simulate import Updates

MakeUpdates = Callable[..., Updates]


@pytest.fixture
def make_updates() -> MakeUpdates:
    def make(
        processors: tuple[int, ...] = (1, 3, 2, 1, 2),
        dimensions: tuple[int, ...] = (4, 7, 2),
        seed: int = 0,
        dtype: type = np.float64,
    ) -> Updates:
        rng = np.random.default_rng(seed)
        client = np.repeat(np.arange(len(processors)), processors)
        shares = rng.dirichlet(np.ones(len(processors)), len(dimensions)).T
        common = [rng.standard_normal(size) for size in dimensions]
        return Updates(
            directions=[
                (one + rng.standard_normal((len(processors), one.size))).astype(dtype)
                for one in common
            ],
            client=client,
            weights=(shares / np.array(processors)[:, None])[client],
        )

    return make


@pytest.fixture
def make_probabilities() -> Callable[..., np.ndarray]:
    def make(shape: tuple[int, int], total: float = 0.8, seed: int = 1) -> np.ndarray:
        """Rows that sum to ``total`` in all."""
        return total * np.random.default_rng(seed).dirichlet(np.ones(shape[1]) * 2.0, shape[0])

    return make
