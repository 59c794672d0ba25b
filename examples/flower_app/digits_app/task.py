"""Two models on the same digits: which digit it is, and whether it is odd."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

MODELS = {"digit": 10, "parity": 2}
TEST = 297


def network(model: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, MODELS[model]))


def samples(model: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All images in [0, 1], and their labels for the model, in a fixed random order."""
    images, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    labels = digits % 2 if model == "parity" else digits
    return (
        torch.tensor(images[order] / 16.0, dtype=torch.float32),
        torch.tensor(labels[order], dtype=torch.int64),
    )


def partition(client: int, n_clients: int, model: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What a client holds: uneven sizes, and mostly neighbouring digits."""
    _, digits = samples("digit")
    rng = np.random.default_rng(1)
    digits = digits.numpy()[TEST:]
    order = np.argsort(digits + rng.uniform(0.0, 3.0, len(digits)))
    sizes = rng.permutation(1.0 / (1.0 + np.arange(n_clients)))
    edges = np.round(np.cumsum(sizes) / sizes.sum() * len(digits)).astype(int)
    rows = TEST + order[np.r_[0, edges][client] : edges[client]]
    images, labels = samples(model)
    return images[rows], labels[rows]


def train(net: nn.Module, images: torch.Tensor, labels: torch.Tensor, rate: float) -> float:
    """Three epochs of SGD; the loss at the start, before any step."""
    start, _ = test(net, images, labels)
    optimiser = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(3):
        for batch in torch.randperm(len(labels)).split(16):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimiser.step()
    return start


@torch.no_grad()
def test(net: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """Mean loss and accuracy."""
    scores = net(images)
    loss = nn.functional.cross_entropy(scores, labels)
    return float(loss), float((scores.argmax(dim=1) == labels).float().mean())


def test_set(model: str) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = samples(model)
    return images[:TEST], labels[:TEST]
