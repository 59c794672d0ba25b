"""
Training without a server
=========================

Eight workers on a graph: all of them averaged in every round, or some links, drawn at random.
"""

import matplotlib.pyplot as plt

from roundlot.plot import plot_consensus, plot_workers
from roundlot.simulate.tasks import digits
from roundlot.simulate.workers import (
    AllReduce,
    Links,
    Matcha,
    StepPlan,
    Workers,
    compare_workers,
    train_workers,
)
from roundlot.solvers import optimise_links
from roundlot.solvers.graphs import shape, shape_matchings

design = optimise_links(shape_matchings("paper8", shape("paper8")), 0.5)
links = Links.of(design.decomposition)
methods = {
    "all-reduce": AllReduce(),
    "half the links": Matcha(links=links, probabilities=design.probabilities, weight=design.weight),
}
task = digits(n_clients=8, samples=400, high_share=0.0, network="64-16-10")[0]
crew = Workers(task=task, speed=2000.0, link=1.0)
plan = StepPlan(steps=1, batch_size=16, learning_rate=0.3)


def train(name, seed):
    return train_workers(crew, methods[name], rounds=30, plan=plan, seed=seed, evaluate_every=3)


bench = compare_workers(train, list(methods), 3)

# %%
# The objective at the mean of the workers' parameters, against rounds and against what was sent.

fig, (left, right) = plt.subplots(1, 2, figsize=(7.1, 3.0), layout="constrained", sharey=True)
plot_workers(bench, ax=left)
plot_workers(bench, against="bytes", ax=right)
right.set_ylabel("")

# %%
# How far the workers are from each other.

fig, ax = plt.subplots(figsize=(5.0, 3.0), layout="constrained")
plot_consensus(bench, ax=ax)
plt.show()
