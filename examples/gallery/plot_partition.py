"""
Shards for workers of different speed
=====================================

Handwritten digits dealt to five workers, beside shards that look at speeds alone, or at nothing.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from roundlot.plot import plot_class_shares, plot_finish_times, plot_shard_values
from roundlot.solvers import compare_partition, make_partition

images, labels = load_digits(return_X_y=True)
images, labels = images[:600] / 16, labels[:600]
made = make_partition(images, labels, speeds=[400, 300, 200, 100, 50])
rows = compare_partition(made, images)

# %%
# Every class is dealt in proportion to speed.

fig, ax = plt.subplots(figsize=(5.0, 2.6), layout="constrained")
plot_class_shares(made, ax=ax)

# %%
# A round ends with its slowest worker.

fig, ax = plt.subplots(figsize=(5.0, 3.0), layout="constrained")
plot_finish_times(made, rows, ax=ax)

# %%
# What every shard is worth, and what no partition with these sizes exceeds for its least worker.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_shard_values(made, rows, ax=ax)
plt.show()
