"""The next character of a play, where a client is a role: As You Like It, or a text of yours."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.networks import character_recurrent, character_window
from roundlot.simulate.tasks.plays import read_speeches, texts_by_owner
from roundlot.simulate.tasks.shipped import shipped_text
from roundlot.simulate.tasks.streams import torch_seed
from roundlot.simulate.tasks.windows import Alphabet, IntArray, windows
from roundlot.simulate.training.samples import Samples
from roundlot.simulate.training.task import Task
from roundlot.theory import InvalidProblemError, RoundlotWarning
from roundlot.theory.random_streams import WEIGHTS

# (characters, window, seed) -> module
CharacterNetwork = Callable[[int, int, int], nn.Module]
NETWORKS: dict[str, CharacterNetwork] = {
    "window": lambda characters, window, seed: character_window(characters, window, seed=seed),
    "lstm": lambda characters, window, seed: character_recurrent(characters, seed=seed),
    "gru": lambda characters, window, seed: character_recurrent(characters, cell="gru", seed=seed),
    "small gru": lambda characters, window, seed: character_recurrent(
        characters, cell="gru", hidden=32, layers=1, seed=seed
    ),
}


def characters(
    n_clients: int | None = None,
    n_models: int = 1,
    *,
    text: str | Path | None = None,
    split: str = "speaker",
    network: str | CharacterNetwork | Sequence[str | CharacterNetwork] = "window",
    window: int = 8,
    stride: int = 1,
    test_share: float = 0.1,
    seed: int = 0,
) -> tuple[Task, ...]:
    """Predict the next character; the clients are the roles of a play, who speak differently.

    The last part of what every client says is the test set.

    Args:
        n_clients: keep those who say most; everybody by default (27 roles, 91 roles in scenes).
        n_models: ``S``: models differ in their networks and initial weights.
        text: a play as plain text (``plays.read_speeches``), or a path to one; the shipped As You
            Like It by default.
        split: "speaker", a client is a role; "scene", a role in a scene.
        network: "window", "lstm", "gru", "small gru", or a function (characters, window, seed) ->
            module; one for all models or one each.
        window: characters that the network sees; LEAF has 80.
        stride: characters between one window and the next.
        test_share: share of a client's windows that is held out.
        seed: fixes the weights.

    Raises:
        InvalidProblemError: a value out of range, a text without speeches, more clients than say
            enough, an unknown split or network.

    Warns:
        RoundlotWarning: clients who say less than a window and one character are left out.
    """
    play = shipped_text("as_you_like_it.txt") if text is None else _text(text)
    said = texts_by_owner(read_speeches(play), split)
    alphabet = Alphabet.of(*said.values())
    return next_character(
        {owner: windows(alphabet.encode(words), window, stride) for owner, words in said.items()},
        alphabet,
        n_clients=n_clients,
        n_models=n_models,
        network=network,
        test_share=test_share,
        seed=seed,
    )


def next_character(
    held: Mapping[str, tuple[IntArray, IntArray]],
    alphabet: Alphabet,
    *,
    n_clients: int | None = None,
    n_models: int = 1,
    network: str | CharacterNetwork | Sequence[str | CharacterNetwork] = "window",
    test_share: float = 0.1,
    test: tuple[IntArray, IntArray] | None = None,
    seed: int = 0,
) -> tuple[Task, ...]:
    """Tasks from windows ``(n, window)`` and next characters ``(n,)`` of every client.

    ``test`` replaces the last part of every client's windows as the test set. For the rest see
    ``characters``.
    """
    check_count(n_models, "n_models", 1)
    if test is None and not 0.0 < test_share < 1.0:
        raise InvalidProblemError(f"test_share is {test_share!r}; it must lie between 0 and 1")
    clients = _talkative(held, n_clients)
    ends = [_kept(len(y), 0.0 if test is not None else test_share) for _, y in clients]
    if test is None:
        late = [(x[end:], y[end:]) for (x, y), end in zip(clients, ends, strict=True)]
        test = np.concatenate([x for x, _ in late]), np.concatenate([y for _, y in late])
    train = Samples.from_clients(
        [(x[:end], y[:end]) for (x, y), end in zip(clients, ends, strict=True)]
    )
    held_out: tuple[Tensor, Tensor] = (torch.as_tensor(test[0]), torch.as_tensor(test[1]))
    one = isinstance(network, str) or callable(network)
    networks: list[Any] = [network] * n_models if one else [*network]  # type: ignore[misc]
    if len(networks) != n_models:
        raise InvalidProblemError(f"{len(networks)} networks for {n_models} models; give one each")
    size, width = len(alphabet.characters), int(train.inputs.shape[1])
    tasks = []
    for model, kind in enumerate(networks):
        module = _network(kind)(size, width, torch_seed(seed, WEIGHTS, model))
        name = f"characters {model + 1}" if n_models > 1 else "characters"
        tasks.append(Task(name=name, module=module, train=train, test=held_out))
    return tuple(tasks)


def _network(kind: object) -> CharacterNetwork:
    if callable(kind):
        return kind
    if kind not in NETWORKS:
        raise InvalidProblemError(
            f"network is {kind!r}; choose one of {', '.join(NETWORKS)}, or give a function"
        )
    return NETWORKS[str(kind)]


def _kept(n: int, test_share: float) -> int:
    """How many of a client's windows are for training: at least one."""
    return max(1, n - round(test_share * n))


def _talkative(
    held: Mapping[str, tuple[IntArray, IntArray]], n_clients: int | None
) -> list[tuple[IntArray, IntArray]]:
    """The clients with a window, or those of them with most, in the order given."""
    silent = [owner for owner, (_, y) in held.items() if not len(y)]
    clients = [pair for pair in held.values() if len(pair[1])]
    if n_clients is None and silent:
        warnings.warn(
            f"{len(silent)} of {len(held)} clients say less than a window and one character and "
            f"are left out, {silent[0]!r} among them; a shorter window keeps more of them",
            RoundlotWarning,
            stacklevel=4,
        )
    n_clients = len(clients) if n_clients is None else n_clients
    check_count(n_clients, "n_clients", 1)
    if n_clients > len(clients):
        raise InvalidProblemError(
            f"n_clients is {n_clients}; only {len(clients)} say enough for a window, or more by "
            "split='scene'"
        )
    order = np.argsort([-len(y) for _, y in clients], kind="stable")
    return [clients[i] for i in np.sort(order[:n_clients])]


def _text(text: str | Path) -> str:
    """The text itself, or the content of the file that it names."""
    if isinstance(text, str) and "\n" in text:
        return text
    try:
        return Path(text).read_text("utf-8")
    except FileNotFoundError:
        raise InvalidProblemError(
            f"there is no file {str(text)!r}; give the path of a play as plain text"
        ) from None
    except UnicodeDecodeError:
        raise InvalidProblemError(f"{str(text)!r} is not UTF-8 text; convert it first") from None
