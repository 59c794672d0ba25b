"""
What is lost, what was predicted, how many rounds suffice
=========================================================

Three stages of the main job on the first 30 speakers of the shipped fleet. The figures also take
the whole result, of ``roundlot.run.run`` or as ``roundlot.report.read_result`` reads it.
"""

import matplotlib.pyplot as plt

from roundlot.fleet import default_setup
from roundlot.plot import plot_bound, plot_comparison, plot_prediction
from roundlot.run import prepare
from roundlot.run.job import compare_case, simulate_all
from roundlot.run.rounds_bound import bound_methods, ground

small = {"fleet.first_clients": 30, "simulate.rounds": 2_000, "verify.discrepancy": 0.3}
case = prepare(default_setup().replaced(small))
comparison = compare_case(case)

# %%
# The variance of every method over that of the optimum. Hatched bars are bounds.

fig, ax = plt.subplots(figsize=(5.0, 4.0), layout="constrained")
plot_comparison(comparison, ax=ax)

# %%
# Realised less predicted variance of the methods that can be drawn.

records = [simulation.record(case) for simulation in simulate_all(case, comparison)]
fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
plot_prediction(records, ax=ax)

# %%
# The proved bound on the error; in brackets the rounds that provably suffice for the target.

fig, ax = plt.subplots(figsize=(5.0, 4.4), layout="constrained")
plot_bound(bound_methods(case, ground(case, comparison)), ax=ax)
plt.show()
