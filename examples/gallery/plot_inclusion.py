"""
Who is drawn how often
======================

The shipped fleet: 2,187 speakers with their phones, three keyword models. Scores here are the
shares of data, as if all updates had the same norm; a real run takes the norms.
"""

import matplotlib.pyplot as plt

import roundlot as rl
from roundlot.fleet import default_setup
from roundlot.plot import plot_inclusion, plot_models, plot_water

fleet = default_setup().fleet
problem = fleet.problem(fleet.weights, budget=0.3 * fleet.n_processors)
solution = rl.solve(problem)
print(solution, f"gap {solution.certificate.gap:.0e}")

# %%
# Below its cap a processor is drawn in proportion to its score; beyond ``1/t`` it is always drawn.

fig, ax = plt.subplots(figsize=(5.0, 3.4), layout="constrained")
plot_inclusion(solution, ax=ax)

# %%
# All processors want ``t`` times their score. What the caps cut off raises ``t`` for the others.

fig, ax = plt.subplots(figsize=(5.0, 3.4), layout="constrained")
plot_water(solution, ax=ax)

# %%
# How the probabilities of each model are spread.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_models(solution, fleet.models, ax=ax)
plt.show()
