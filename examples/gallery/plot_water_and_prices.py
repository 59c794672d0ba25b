"""
Water and prices
================

Six processors, three draws a round. Shared by score, the first would get one and a half draws; its
cap allows one. What it cannot take is shared out, and the water rises.
"""

import matplotlib.pyplot as plt

import roundlot as rl
from roundlot.plot import plot_path, plot_prices, plot_sharing
from roundlot.solvers import optimal_path

solution = rl.solve(rl.Problem([[5.0], [2.4], [1.0], [0.7], [0.5], [0.4]], budget=3.0))

fig, (left, right) = plt.subplots(1, 2, figsize=(7.1, 2.8), layout="constrained", sharey=True)
plot_sharing(solution, raised=False, ax=left)
plot_sharing(solution, ax=right)
right.set_ylabel("")

# %%
# With one budget there is one price of a draw, and all pairs are on one line through 0. A budget of
# its own for a model gives the model a price of its own.

scores = [[2.2, 0.9], [1.8, 0.5], [1.5, 0.3], [1.2, 0.8], [0.9, 0.6], [0.7, 0.4]]
shared = rl.solve(rl.Problem(scores, budget=3.0))
split = rl.solve(rl.Problem(scores, budget=3.0, model_budgets=[1.5, 2.0]))

fig, (left, right) = plt.subplots(1, 2, figsize=(7.1, 3.0), layout="constrained", sharey=True)
plot_prices(shared, ["digits", "words"], ax=left)
plot_prices(split, ["digits", "words"], ax=right)
right.set_ylabel("")

# %%
# The optimum of every budget at once. Between two marks the same processors are at their caps,
# and the variance is one rational function of the budget.

fig, ax = plt.subplots(figsize=(3.45, 2.8), layout="constrained")
plot_path(optimal_path(solution.problem), budget=3.0, ax=ax)
plt.show()
