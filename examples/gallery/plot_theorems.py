"""
A theorem beside the truth
==========================

Every theorem of the catalogue has a small instance whose truth is computed without it.
"""

import matplotlib.pyplot as plt

from roundlot.plot import plot_theorem
from roundlot.theory import CATALOGUE

print(*(theorem.name for theorem in CATALOGUE), sep=", ")

fig, (left, right) = plt.subplots(1, 2, figsize=(7.1, 2.9), layout="constrained")
plot_theorem("water_filling", ax=left)
plot_theorem("stale_best", ax=right)

# %%
# Bounds that are not tight everywhere lie above.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_theorem("constant_step", ax=ax)
plt.show()
