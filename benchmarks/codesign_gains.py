"""What co-design gains over usual choices, on kinds of fleets; the table of docs/codesign.md.

python -m benchmarks.codesign_gains, from the root of the repository.
"""

from __future__ import annotations

import time

import numpy as np

import roundlot as rl
from roundlot.solvers.schemes import codesign

COUNT = 4  # clients
GIVEN = {"strong_convexity": 0.3, "initial": 4.0, "target": 0.04}
EVEN = np.full(COUNT, 1.0 / COUNT)
SHARES = np.array([0.55, 0.25, 0.15, 0.05])
STEEP = np.array([1.0, 1.0, 2.0, 8.0])
SPEED = {"local_seconds": [0.1, 0.2, 0.4, 1.6], "upload_seconds": [0.2, 0.4, 0.8, 3.2]}

#: weights, smoothness, heterogeneity, price, and times.
FLEETS = {
    "alike": (EVEN, np.full(COUNT, 4.0), 0.1, "rounds", {}),
    "unequal L": (EVEN, STEEP, 0.1, "rounds", {}),
    "unequal data": (SHARES, np.full(COUNT, 4.0), 0.1, "rounds", {}),
    "unequal data, one optimum": (SHARES, np.full(COUNT, 4.0), 0.0, "rounds", {}),
    "unequal data and L": (SHARES, STEEP, 0.1, "rounds", {}),
    "unequal speed": (EVEN, np.full(COUNT, 4.0), 0.1, "seconds", SPEED),
    "unequal speed and L": (EVEN, STEEP, 0.1, "seconds", SPEED),
}


def gains(name: str) -> None:
    """Print one fleet's choices."""
    weights, smoothness, zeta, price, times = FLEETS[name]
    problem = rl.Problem(weights[:, None], budget=COUNT / 2)  # norms alike: scores are weights
    start = time.process_time()
    found = codesign(
        problem,
        weights=weights,
        smoothness=smoothness,
        heterogeneity=zeta,
        price=price,
        local_steps=(1, 2, 4),
        **GIVEN,
        **times,
    )
    assert found.check()
    print(f"== {name}: {time.process_time() - start:.0f} s of one core", flush=True)
    print(found, flush=True)


def large(seed: int = 0, clients: int = 1000) -> None:
    """Print the choices of a large fleet, one step a round."""
    random = np.random.default_rng(seed)
    w = random.lognormal(0.0, 1.0, clients)
    w /= w.sum()
    smoothness = random.uniform(1.0, 8.0, clients)
    gradients = random.exponential(0.1, clients)
    start = time.process_time()
    found = codesign(
        rl.Problem((w * np.sqrt(gradients))[:, None], budget=clients / 50),
        weights=w,
        smoothness=smoothness,
        heterogeneity=gradients,
        method="expected smoothness",
        **GIVEN,
    )
    assert found.check()
    print(f"== {clients} clients: {time.process_time() - start:.1f} s of one core", flush=True)
    print(found, flush=True)


if __name__ == "__main__":
    large()
    for fleet in FLEETS:
        gains(fleet)
