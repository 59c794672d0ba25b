"""
Which links to open how often
=============================

Sixteen workers on a geometric graph; half of the matchings may be used in a round, on average.
"""

import matplotlib.pyplot as plt

from roundlot.plot import plot_contraction, plot_links, plot_matchings, plot_sweep
from roundlot.solvers import optimise_links
from roundlot.solvers.graphs import all_links, shape, shape_matchings

matchings = shape_matchings("geometric", shape("geometric", 16, seed=1))
design = optimise_links(matchings, 0.5)

fig, ax = plt.subplots(figsize=(5.0, 4.2), layout="constrained")
plot_links(design, ax=ax)

# %%
# Links of one matching share no worker, so they open at the same time.

fig, ax = plt.subplots(figsize=(5.0, 5.0), layout="constrained")
plot_matchings(design, ax=ax)

# %%
# What is left of the squared distance between workers, against matchings used one after the other,
# beside all links in every round with one weight and with the best weight for every link.

whole = all_links(matchings)
mixings = [
    {"name": "half", "rho": design.contraction.upper, "matchings": design.matchings_per_round},
    {
        "name": "all, one weight",
        "rho": whole.equal.contraction.upper,
        "matchings": matchings.n_matchings,
    },
    {
        "name": "all, best weights",
        "rho": whole.best.contraction.upper,
        "matchings": matchings.n_matchings,
    },
]

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_contraction(mixings, against="matchings", ax=ax)

# %%
# How fast workers agree, at every budget: more links need not be faster.

designs = [optimise_links(matchings, share / 10) for share in range(1, 11)]

fig, ax = plt.subplots(figsize=(5.0, 3.0), layout="constrained")
plot_sweep(designs, ax=ax)
plt.show()
