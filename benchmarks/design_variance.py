"""Variance of every design relative to independent draws, as updates align.

Updates ``u ∝ ρ · common + √(1 − ρ²) · own`` of equal expected length, processors x models, with
the best probabilities for independent draws. Run: python benchmarks/design_variance.py
"""

import numpy as np

import roundlot as rl
from roundlot.simulate import DESIGNS, Updates, design, simulate

PROCESSORS, MODELS, DIMENSION, BUDGET, ROUNDS = 240, 3, 30, 60, 4000
ALIGNMENTS = (0.0, 0.5, 0.95)


def aligned(alignment: float, seed: int = 0) -> Updates:
    """Unequal weights, directions that share a part ``alignment`` with their model."""
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0.0, 0.5, (PROCESSORS, MODELS))
    common = rng.standard_normal((MODELS, DIMENSION))
    common /= np.linalg.norm(common, axis=1, keepdims=True)
    own = rng.standard_normal((MODELS, PROCESSORS, DIMENSION))
    own /= np.linalg.norm(own, axis=2, keepdims=True)
    rest = np.sqrt(1.0 - alignment**2)
    return Updates(
        directions=[alignment * common[s] + rest * own[s] for s in range(MODELS)],
        client=np.arange(PROCESSORS),
        weights=weights / weights.sum(axis=0),
    )


def main() -> None:
    names = [kind.name for kind in DESIGNS if kind.name not in ("turns", "blocks")]
    print(f"{PROCESSORS} processors, {MODELS} models, budget {BUDGET}: realised (exact)")
    print(f"{'design':20s}" + "".join(f"{f'ρ = {x}':>18s}" for x in ALIGNMENTS))
    rows = {name: [] for name in names}
    for alignment in ALIGNMENTS:
        updates = aligned(alignment)
        p = rl.solve(rl.Problem(updates.scores, budget=BUDGET)).probabilities
        base = design(p).variance(updates)
        for name in names:
            rule = design(p, name)
            realised = simulate(rule, updates, rounds=ROUNDS, seed=1, device="cpu")
            exact = rule.variance(updates)
            known = "-" if exact is None else f"{exact / base:.3f}"
            rows[name].append(f"{realised.mean_squared_error / base:.3f} ({known})")
    for name, cells in rows.items():
        print(f"{name:20s}" + "".join(f"{cell:>18s}" for cell in cells))


if __name__ == "__main__":
    main()
