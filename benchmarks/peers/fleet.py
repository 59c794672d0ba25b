"""The fleet all train: scikit-learn's digits over ragged clients, a tenth of which hold half."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

CLIENTS, EPOCHS, BATCH, RATE = 100, 5, 16, 0.1
SHAPES = {"network": (64,), "cnn": (1, 8, 8)}


def digits(name: str, clients: int = CLIENTS) -> tuple[torch.Tensor, torch.Tensor, Any]:
    """Inputs, labels and owners; with more than 100 clients the digits repeat, shares stay."""
    data, labels = load_digits(return_X_y=True)
    total = len(labels) * clients // CLIENTS
    rich = clients // 10
    shares = np.r_[np.full(rich, 0.5 / rich), np.full(clients - rich, 0.5 / (clients - rich))]
    counts = np.round(shares * total).astype(np.int64)
    owners = np.repeat(np.arange(clients), counts)
    rows = np.random.default_rng(0).permutation(owners.size) % len(labels)
    inputs = torch.from_numpy((data[rows] / 16.0).astype(np.float32))
    return inputs.reshape(-1, *SHAPES[name]), torch.from_numpy(labels[rows]), owners


def by_client(name: str) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Inputs and labels of each client."""
    inputs, labels, owners = digits(name)
    return [(inputs[owners == i], labels[owners == i]) for i in range(CLIENTS)]


def network(name: str) -> nn.Sequential:
    """64-64-10, or two convolutions: 8 and 16 channels, 3 x 3, ReLU, pools of 2, then linear."""
    torch.manual_seed(0)
    if name == "network":
        return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def processor_seconds() -> float:
    """That this process and all that descend from it have used, those that ended among them.

    Not where the system does not tell (it has no ``/proc``): NaN.
    """
    parents, used = {}, {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, rest = status.read_text().rsplit(")", 1)
        except OSError:  # it has ended meanwhile
            continue
        numbers = rest.split()
        number = int(head.split("(", 1)[0])
        parents[number] = int(numbers[1])
        used[number] = sum(map(int, numbers[11:15]))
    ours = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= more
    if not used:
        return float("nan")
    return sum(used[number] for number in ours) / os.sysconf("SC_CLK_TCK")


class Clock:
    """Ends of rounds; the first does not count."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.used: list[float] = []

    def tick(self) -> None:
        """A round has ended."""
        self.ends.append(time.perf_counter())
        self.used.append(processor_seconds())

    def report(self, model: nn.Module, name: str) -> None:
        """Print rounds per second and per processor second (medians), and the loss reached.

        The loss shows that it trained.
        """
        inputs, labels, _ = digits(name)
        with torch.no_grad():
            loss = float(nn.functional.cross_entropy(model(inputs), labels))
        taken, used = (float(np.median(np.diff(times))) for times in (self.ends, self.used))
        found = {"rounds": 1.0 / taken, "per_processor": 1.0 / used}
        print(json.dumps({**found, "n": len(self.ends) - 1, "loss": loss}))


def given() -> tuple[str, int]:
    """The network and how many rounds are timed, from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=sorted(SHAPES))
    parser.add_argument("rounds", type=int)
    found = parser.parse_args()
    return found.network, found.rounds
