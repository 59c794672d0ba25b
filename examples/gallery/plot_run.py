"""
A run: what is lost, what was predicted, how many rounds suffice
================================================================

The main job on the first 30 speakers of the shipped fleet. The figures take the result as it is; so
they do for a result that ``roundlot.report.read_result`` reads from the folder of a run.
"""

import matplotlib.pyplot as plt

from roundlot.fleet import default_setup
from roundlot.plot import plot_bound, plot_comparison, plot_prediction
from roundlot.run import run

small = {"fleet.first_clients": 30, "simulate.rounds": 2_000, "verify.discrepancy": 0.3}
result = run(default_setup().replaced(small))

# %%
# The variance of every method over that of the optimum. Hatched bars are bounds.

fig, ax = plt.subplots(figsize=(5.0, 4.0), layout="constrained")
plot_comparison(result, ax=ax)

# %%
# Realised less predicted variance of the methods that were simulated.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_prediction(result, ax=ax)

# %%
# The proved bound on the error; in brackets the rounds that provably suffice for the target.

fig, ax = plt.subplots(figsize=(5.0, 4.2), layout="constrained")
plot_bound(result, ax=ax)
plt.show()
