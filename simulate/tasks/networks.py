"""The papers' networks, without batch statistics or dropout; weights are drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

from roundlot.simulate.argument_checks import check_count
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

_Module = TypeVar("_Module", bound=nn.Module)


def seeded(build: Callable[[], _Module], seed: int) -> _Module:
    """The module that ``build`` makes, with torch's own initial weights drawn from ``seed``.

    The state of torch's global generator is left as it was.
    """
    check_count(seed, "seed", 0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def mlp(sizes: Sequence[int], *, seed: int = 0) -> nn.Sequential:
    """Linear layers with ReLU in between: ``(64, 64, 10)`` is the 64-64-10 network.

    Raises:
        InvalidProblemError: fewer than two sizes, or a size below 1.
    """
    if len(sizes) < 2:
        raise InvalidProblemError(f"sizes are {tuple(sizes)!r}; give at least inputs and outputs")
    for size in sizes:
        check_count(size, "a layer's size", 1)

    def build() -> nn.Sequential:
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    return seeded(build, seed)


def digits_cnn(classes: int = 10, *, seed: int = 0) -> nn.Sequential:
    """For ``(n, 1, 8, 8)``: two 3 x 3 convolutions (8 and 16 channels), each pooled, one layer.

    1,898 parameters for 10 classes.
    """
    return seeded(
        lambda: nn.Sequential(
            *_block(1, 8, 3),
            *_block(8, 16, 3),
            nn.Flatten(),
            nn.Linear(16 * 2 * 2, classes),
        ),
        seed,
    )


def images_cnn(classes: int = 10, *, seed: int = 0) -> nn.Sequential:
    """For ``(n, 1, 28, 28)``: two 5 x 5 convolutions (32 and 64 channels), each pooled, 512 units.

    1,663,370 parameters for 10 classes. Source: McMahan et al., AISTATS 2017.
    """
    return seeded(
        lambda: nn.Sequential(
            *_block(1, 32, 5),
            *_block(32, 64, 5),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, 512),
            nn.ReLU(),
            nn.Linear(512, classes),
        ),
        seed,
    )


def small_images_cnn(classes: int = 10, *, seed: int = 0) -> nn.Sequential:
    """For ``(n, 1, 28, 28)`` on a small machine: 5 x 5 convolutions of 8 and 16 channels, 64 units.

    54,314 parameters for 10 classes.
    """
    return seeded(
        lambda: nn.Sequential(
            *_block(1, 8, 5),
            *_block(8, 16, 5),
            nn.Flatten(),
            nn.Linear(16 * 7 * 7, 64),
            nn.ReLU(),
            nn.Linear(64, classes),
        ),
        seed,
    )


def cifar_cnn(classes: int = 10, *, seed: int = 0) -> nn.Sequential:
    """For ``(n, 3, 32, 32)``: two 5 x 5 convolutions of 64 channels, pooled, 384 and 192 units.

    1,756,426 parameters for 10 classes. Source: the network of the TensorFlow tutorial that
    McMahan et al., AISTATS 2017, train; there images are cropped to 24 x 24, pooled over 3 x 3 and
    normalised across channels, here none of it.
    """
    return seeded(
        lambda: nn.Sequential(
            *_block(3, 64, 5),
            *_block(64, 64, 5),
            nn.Flatten(),
            nn.Linear(64 * 8 * 8, 384),
            nn.ReLU(),
            nn.Linear(384, 192),
            nn.ReLU(),
            nn.Linear(192, classes),
        ),
        seed,
    )


def _block(channels: int, out: int, kernel: int) -> tuple[nn.Module, ...]:
    """A convolution that keeps the size, ReLU, and a maximum over 2 x 2."""
    return (
        nn.Conv2d(channels, out, kernel, padding=kernel // 2),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


CELLS: dict[str, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}


class LastOutput(nn.Module):
    """torch's recurrent layers along the positions: ``(n, window, inputs)`` to ``(n, hidden)``."""

    def __init__(self, cell: str, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.layers = CELLS[cell](inputs, hidden, num_layers=layers, batch_first=True)

    def forward(self, inputs: Tensor) -> Tensor:
        """What the top layer says at the last position."""
        last: Tensor = self.layers(inputs)[0][:, -1]
        return last


def character_window(
    characters: int, window: int, *, embedding: int = 8, hidden: int = 64, seed: int = 0
) -> nn.Sequential:
    """The next character from the last ``window`` ones: embeddings side by side, one hidden layer.

    For ``(n, window)`` int64 tokens below ``characters``.
    """
    return seeded(
        lambda: nn.Sequential(
            nn.Embedding(characters, embedding),
            nn.Flatten(),
            nn.Linear(window * embedding, hidden),
            nn.ReLU(),
            nn.Linear(hidden, characters),
        ),
        seed,
    )


def character_recurrent(
    characters: int,
    *,
    cell: str = "lstm",
    embedding: int = 8,
    hidden: int = 256,
    layers: int = 2,
    seed: int = 0,
) -> nn.Sequential:
    """The next character by a recurrent network over the window: ``(n, window)`` int64 tokens.

    The defaults are the papers' (LEAF, Caldas et al. 2018): embeddings of 8, two LSTM layers of
    256; 819,920 parameters for 80 characters.

    Args:
        characters: how many there are.
        cell: "lstm" or "gru".
        embedding: numbers per character.
        hidden: units of a layer.
        layers: recurrent layers.
        seed: fixes the weights.

    Raises:
        InvalidProblemError: another cell.
    """
    require_choice(cell, "cell", CELLS)
    return seeded(
        lambda: nn.Sequential(
            nn.Embedding(characters, embedding),
            LastOutput(cell, embedding, hidden, layers),
            nn.Linear(hidden, characters),
        ),
        seed,
    )
