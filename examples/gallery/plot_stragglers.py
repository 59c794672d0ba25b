"""
How long to wait for slow workers
=================================

Six phones of the shipped fleet share batches of 48 samples.
"""

import matplotlib.pyplot as plt

from roundlot.fleet import default_setup
from roundlot.plot import plot_deadlines, plot_descents, plot_finish, plot_rounds
from roundlot.straggle import StraggleSettings, straggle

settings = StraggleSettings(workers=6, batch=48, rounds=4_000, target=0.05, time_limit=2.0)
result = straggle(default_setup().fleet, settings)

# %%
# Seconds to the target at every deadline, over those of waiting for everybody.

fig, ax = plt.subplots(figsize=(5.0, 3.4), layout="constrained")
plot_deadlines(result, ax=ax)

# %%
# Who is done by when.

fig, ax = plt.subplots(figsize=(5.0, 3.4), layout="constrained")
plot_finish(result, ax=ax)

# %%
# Rounds that are over against seconds: one drawn run a rule.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_rounds(result, ax=ax)

# %%
# The loss against simulated seconds, drawn and expected.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_descents(result, ax=ax)
plt.show()
