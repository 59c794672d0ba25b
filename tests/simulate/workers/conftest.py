"""Small tasks, and matrices over the published graph of eight workers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.tasks import quadratics
from roundlot.simulate.training import Samples, Task
from roundlot.simulate.workers import DPSGD, Links, Matcha, Workers
from roundlot.solvers.graphs import shape, shape_matchings


def make_task(workers: int, seed: int = 0, features: int = 5, classes: int = 3) -> Task:
    """Ragged data of overlapping classes."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(classes, features))
    owner = np.repeat(np.arange(workers), generator.integers(3, 20, workers))
    labels = generator.integers(0, classes, owner.size)
    inputs = centres[labels] + generator.normal(size=(owner.size, features))
    return Task(
        name="blobs",
        module=nn.Sequential(nn.Linear(features, 6), nn.Tanh(), nn.Linear(6, classes)),
        train=Samples.by_owner(torch.tensor(inputs).float(), torch.tensor(labels), owner, workers),
        test=(torch.tensor(inputs).float(), torch.tensor(labels)),
    )


@pytest.fixture
def blobs() -> Task:
    return make_task(8)


@pytest.fixture
def crew(blobs: Task) -> Workers:
    return Workers(task=blobs, speed=[10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0], link=1.0)


@pytest.fixture
def links() -> Links:
    return Links.of(shape_matchings("paper8", shape("paper8")))


@pytest.fixture
def matcha(links: Links) -> Matcha:
    return Matcha(links=links, probabilities=[0.984, 0.3, 0.758, 0.758, 0.1], weight=0.3)


@pytest.fixture
def dpsgd(links: Links) -> DPSGD:
    return DPSGD(mixing=np.eye(8) - 0.2 * links.laplacians.sum(axis=0), links=links)


@pytest.fixture
def squares() -> Workers:
    return Workers(
        task=quadratics(8, 1, dimension=3, condition=4.0, high_share=0.0, seed=1).tasks[0]
    )
