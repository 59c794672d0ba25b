"""
Which links to open how often
=============================

Sixteen workers on a geometric graph; half of the matchings may be used in a round, on average.
"""

import matplotlib.pyplot as plt

from roundlot.plot import plot_links, plot_sweep
from roundlot.solvers import optimise_links
from roundlot.solvers.graphs import shape, shape_matchings

matchings = shape_matchings("geometric", shape("geometric", 16, seed=1))
design = optimise_links(matchings, 0.5)

fig, ax = plt.subplots(figsize=(5.0, 4.2), layout="constrained")
plot_links(design, ax=ax)

# %%
# How fast workers agree, at every budget: more links need not be faster.

designs = [optimise_links(matchings, share / 10) for share in range(1, 11)]

fig, ax = plt.subplots(figsize=(5.0, 3.0), layout="constrained")
plot_sweep(designs, ax=ax)
plt.show()
