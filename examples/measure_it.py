"""Theory and simulation side by side: is the realised variance the one that is predicted?"""

import numpy as np

import roundlot as rl

generator = np.random.default_rng(0)
updates = rl.simulate.Updates(
    directions=[generator.standard_normal((50, 8)) * generator.lognormal(size=(50, 1))],
    client=np.arange(50),
    weights=np.full((50, 1), 1 / 50),
)
solution = rl.solve(rl.Problem(updates.scores, budget=10))
design = rl.design(solution, "independent")
realised = rl.simulate.simulate(design, updates, rounds=20_000, seed=1)
moments = rl.verify.predict_squared_error(updates, design.probabilities)
print(f"predicted {moments.mean:.4f}, realised {realised.mean_squared_error:.4f}")
print(
    rl.verify.check_variance(realised, moments.mean, moments.second_moment_ratio, discrepancy=0.1)
)
