"""Softmax regression on digits, dealt to clients by a partitioner of flwr-datasets."""

from functools import cache

import numpy as np
from datasets import Dataset
from flwr_datasets.partitioner import DirichletPartitioner
from sklearn.datasets import load_digits

CLASSES, PIXELS, TEST = 10, 64, 297


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images with a constant pixel, and labels, in a fixed random order."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    return np.c_[images[order] / 16.0, np.ones(len(labels))], labels[order]


@cache
def partitioner(n_clients: int) -> DirichletPartitioner:
    images, labels = digits()
    dealt = DirichletPartitioner(
        num_partitions=n_clients, partition_by="label", alpha=0.5, min_partition_size=10, seed=1
    )
    dealt.dataset = Dataset.from_dict(
        {"image": images[TEST:].tolist(), "label": labels[TEST:].tolist()}
    )
    return dealt


@cache
def load(client: int, n_clients: int) -> tuple[np.ndarray, np.ndarray]:
    """What a client holds."""
    part = partitioner(n_clients).load_partition(client)
    return np.array(part["image"]), np.array(part["label"])


def test_set() -> tuple[np.ndarray, np.ndarray]:
    """What no client holds."""
    images, labels = digits()
    return images[:TEST], labels[:TEST]


def start() -> np.ndarray:
    return np.zeros((PIXELS + 1, CLASSES), np.float32)


def probabilities(weights: np.ndarray, images: np.ndarray) -> np.ndarray:
    scores = images @ weights
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def train(weights: np.ndarray, images: np.ndarray, labels: np.ndarray, rate: float) -> np.ndarray:
    """Ten steps of gradient descent on the client's mean loss."""
    moved = weights.astype(np.float64)
    target = np.eye(CLASSES)[labels]
    for _ in range(10):
        moved -= rate / len(labels) * images.T @ (probabilities(moved, images) - target)
    return moved.astype(np.float32)


def score(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean loss and accuracy."""
    p = probabilities(weights.astype(np.float64), images)
    loss = -np.log(np.maximum(p[np.arange(len(labels)), labels], 1e-12)).mean()
    return float(loss), float((p.argmax(axis=1) == labels).mean())
