"""
The same probabilities, drawn in different ways
===============================================

Twelve processors whose updates point in similar directions. Designs with dependent draws share the
probabilities of the independent one, and differ in variance.
"""

import matplotlib.pyplot as plt
import numpy as np

import roundlot as rl
from roundlot.plot import plot_designs
from roundlot.simulate import DESIGNS, Updates, design, simulate

random = np.random.default_rng(0)
updates = Updates(
    directions=(1.0 + 0.6 * random.standard_normal((12, 8)),),
    client=np.arange(12),
    weights=random.dirichlet(np.ones(12))[:, None],
)
p = rl.solve(rl.Problem(updates.scores, budget=4)).probabilities
rules = {kind.name: design(p, kind.name) for kind in DESIGNS}
seen = {
    name: simulate(rule, updates, rounds=20_000, seed=1, device="cpu")
    for name, rule in rules.items()
}
known = {name: rule.variance(updates) for name, rule in rules.items()}

fig, ax = plt.subplots(figsize=(5.0, 3.0), layout="constrained")
plot_designs(seen, known, relative_to=known["independent"], ax=ax)
plt.show()
