"""
Training: accuracy, seconds, updates sent, variance
===================================================

Two models of handwritten digits on 12 clients, three methods, three seeds. Bands are intervals over
the seeds; a method looks the same in every figure.
"""

import matplotlib.pyplot as plt

from roundlot.plot import (
    plot_differences,
    plot_round_figure,
    plot_step_variance,
    plot_training,
)
from roundlot.simulate.methods.gvr import GradientNorm
from roundlot.simulate.methods.lvr import LossBased
from roundlot.simulate.methods.random import Random
from roundlot.simulate.tasks import digits
from roundlot.simulate.training import Federation, LocalPlan, train_methods

federation = Federation(
    tasks=digits(n_clients=12, n_models=2, samples=240, network="64-16-10", seed=0),
    processors=2,
    speed=[20.0, 40.0, 60.0, 80.0, 100.0, 120.0] * 2,
    link=8.0,
)
bench = train_methods(
    federation,
    [GradientNorm(), LossBased(), Random()],
    3,
    rounds=15,
    plan=LocalPlan(epochs=3, batch_size=8, learning_rate=0.1),
    budget=12,
    evaluate_every=3,
    measure=True,
)
print(bench)

# %%
# Against rounds, uploads or simulated seconds.

fig, (left, right) = plt.subplots(1, 2, figsize=(7.1, 3.0), layout="constrained", sharey=True)
plot_training(bench, ax=left)
plot_training(bench, against="seconds", ax=right)
right.set_ylabel("")

# %%
# What the others gain over one of them, seed by seed. An interval that misses 0 is a diamond.

fig, ax = plt.subplots(figsize=(5.0, 1.8), layout="constrained")
plot_differences(bench, bench.methods[-1], ax=ax)

# %%
# The variance that theory predicts for every round, and what the round's draw realised.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_step_variance(bench, ax=ax)

# %%
# Any number that a history keeps for every round.

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_round_figure(bench, "aggregate_weight_variance", "Var H", logarithmic=True, ax=ax)
plt.show()
