"""Which labels a model has met."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.tasks.samples import Samples
from roundlot.theory.arrays import BoolArray


def label_table(samples: Samples) -> BoolArray:
    """``(N, L)``: whether a client holds a label, of the ``L`` there are; ``L = 0`` if none are."""
    targets = samples.targets
    if targets.is_floating_point():
        return np.zeros((samples.n_clients, 0), dtype=bool)
    rows = targets.cpu().numpy().reshape(len(targets), -1)
    owner = np.repeat(np.arange(samples.n_clients), samples.counts)
    owners = np.broadcast_to(owner[:, None], rows.shape)[rows >= 0]
    labels, place = np.unique(rows[rows >= 0], return_inverse=True)
    table = np.zeros((samples.n_clients, len(labels)), dtype=bool)
    table[owners, place.reshape(-1)] = True
    return table


def coverage(seen: BoolArray) -> float:
    """The share of the labels that were seen; NaN if there are none."""
    return float(seen.mean()) if seen.size else float("nan")
