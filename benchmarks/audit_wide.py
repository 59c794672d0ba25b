"""What an audit of thousands of clients costs beside the sampler itself, all checks at once.

Run: python benchmarks/audit_wide.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from roundlot.verify import audit

ROUNDS = 20_000
CASES = ((4_291, 3, 429.0), (20_000, 1, 2_000.0))


def sampler(p: np.ndarray, factor: np.ndarray) -> Callable[[np.random.Generator], Any]:
    """Independent processors, weighted: pairs, or indices if there is one model."""
    n_models = p.shape[1]
    edges = np.cumsum(p, axis=1)

    def one(rng: np.random.Generator) -> Any:
        drawn = np.flatnonzero(rng.random(len(p)) < p[:, 0])
        return drawn, factor[drawn, 0]

    def several(rng: np.random.Generator) -> Any:
        model = (rng.random((len(p), 1)) >= edges).sum(axis=1)
        busy = np.flatnonzero(model < n_models)
        return np.stack([busy, model[busy]], axis=1), factor[busy, model[busy]]

    return one if n_models == 1 else several


def main() -> None:
    """Print one line per size: processor time, so that other work on the machine matters little."""
    for n_processors, n_models, budget in CASES:
        rng = np.random.default_rng(0)
        p = rng.random((n_processors, n_models)) ** 2
        p = np.minimum(p * budget / p.sum(), 0.9 / n_models)
        w = rng.random(p.shape)
        w /= w.sum(axis=0)
        draw = sampler(p, w / p)
        began = time.process_time()
        for _ in range(ROUNDS):
            draw(rng)
        alone = time.process_time() - began
        began = time.process_time()
        found = audit(draw, claimed=p, weights=w, budget=1.001 * budget, rounds=ROUNDS)
        whole = time.process_time() - began
        print(
            f"V = {n_processors:,}, S = {n_models}: {ROUNDS:,} rounds of "
            f"{found.facts.draws_mean:.0f} draws: the sampler alone {alone:.2f} s, "
            f"audited {whole:.2f} s, {1e6 * (whole - alone) / ROUNDS:.0f} µs a round more"
        )


if __name__ == "__main__":
    main()
