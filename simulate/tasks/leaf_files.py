"""LEAF's JSON, by user: Shakespeare, 80 characters and the next; FEMNIST, images and classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, check_open_share
from roundlot.simulate.tasks.labelled import Network
from roundlot.simulate.tasks.next_character import Alphabet, next_character
from roundlot.simulate.tasks.pictures import image_network
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.streams import generator, torch_seed
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, Float32Array, IntArray
from roundlot.theory.plain_files import NotPlainError, text_in
from roundlot.theory.random_streams import RESAMPLE, WEIGHTS

Pair = TypeVar("Pair")

_WHERE = "https://leaf.cmu.edu (data/shakespeare or data/femnist, preprocess.sh)"
_PIXELS, _CHARACTERS = 28 * 28, 62  # of FEMNIST: digits, upper case, lower case
# LEAF's 80 characters, in LEAF's order.
LEAF_ALPHABET = Alphabet(
    characters="\n !\"&'(),-.0123456789:;>?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]abcdefghijklmnopqrstuvwxyz}"
)


def load_leaf(path: str | Path) -> dict[str, tuple[IntArray, IntArray]]:
    """Windows ``(n, window)`` and next characters ``(n,)`` of every user, in LEAF's numbering.

    Args:
        path: a JSON file of LEAF, or a folder that holds ``all_data_*.json`` (or any ``*.json``),
            read in order of their names.

    Raises:
        InvalidProblemError: no file, a file that is not LEAF's JSON, lengths that disagree, or a
            character that LEAF's alphabet lacks; names the file and the user.
    """
    held = _by_user(Path(path), _samples)
    if len({x.shape[1] for x, y in held.values() if y.size}) > 1:
        raise InvalidProblemError(f"{path} has windows of several lengths; preprocess it again")
    return held


def shakespeare(
    path: str | Path, *, test: str | Path | None = None, network: Any = "lstm", **options: Any
) -> tuple[Task, ...]:
    """LEAF's Shakespeare from disk as tasks; a client is a role of a play.

    Args:
        path: as ``load_leaf``: all data, or LEAF's training part.
        test: LEAF's test part, of which all users' samples are the test set; by default the last
            tenth of what every role says is held out.
        network: the papers' LSTM; see ``characters`` for others.
        **options: ``n_clients``, ``n_models``, ``test_share``, ``seed`` as ``characters``.

    Raises:
        InvalidProblemError: as ``load_leaf`` and ``characters``.
    """
    late = None
    if test is not None:
        pairs = list(load_leaf(test).values())
        said = [(x, y) for x, y in pairs if y.size]
        if not said:
            raise InvalidProblemError(f"{test} holds no samples to test on; preprocess it again")
        late = np.concatenate([x for x, _ in said]), np.concatenate([y for _, y in said])
    return next_character(load_leaf(path), LEAF_ALPHABET, network=network, test=late, **options)


def load_femnist(path: str | Path) -> dict[str, tuple[Float32Array, IntArray]]:
    """Images ``(n, 784)``, from 0 (ink) to 1, and classes ``(n,)`` below 62 of every writer.

    Args:
        path: as ``load_leaf``.

    Raises:
        InvalidProblemError: as ``load_leaf``; images that are not of 28 x 28 pixels from 0 to 1, or
            a class that is none.
    """
    return _by_user(Path(path), _pictures)


def femnist(
    path: str | Path,
    *,
    test: str | Path | None = None,
    network: str | Network = "cnn",
    n_clients: int | None = None,
    n_models: int = 1,
    test_share: float = 0.1,
    seed: int = 0,
) -> tuple[Task, ...]:
    """LEAF's FEMNIST from disk as tasks; a client is a writer, models differ in initial weights.

    Args:
        path: as ``load_leaf``: all data, or LEAF's training part.
        test: LEAF's test part; by default a share of every writer's images, drawn at random, is
            held out.
        network: "cnn" (McMahan's), "small cnn", or a function seed -> module.
        n_clients: the writers with most images; all of them by default.
        n_models: ``S``.
        test_share: of every writer's images, if there is no test part.
        seed: fixes everything.

    Raises:
        InvalidProblemError: as ``load_femnist``; more clients than writers, a share out of (0, 1).
    """
    check_count(n_models, "n_models", 1)
    check_open_share(test_share, "test_share")
    writers = _largest(load_femnist(path), n_clients)
    inputs = np.concatenate([x for x, _ in writers])
    labels = np.concatenate([y for _, y in writers])
    owner = np.repeat(np.arange(len(writers)), [len(y) for _, y in writers])
    share = test_share if test is None else 0.0
    held = np.concatenate(
        [_held_out(len(y), share, seed, place) for place, (_, y) in enumerate(writers)]
    )
    late = inputs[held], labels[held]
    if test is not None:
        pairs = [pair for pair in load_femnist(test).values() if pair[1].size]
        if not pairs:
            raise InvalidProblemError(f"{test} holds no samples to test on; preprocess it again")
        late = np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])
    build = image_network(network, (1, 28, 28), _CHARACTERS)
    train = Samples.by_owner(
        _images(inputs[~held]), torch.as_tensor(labels[~held]), owner[~held], len(writers)
    )
    return tuple(
        Task(
            name=f"FEMNIST {model + 1}" if n_models > 1 else "FEMNIST",
            module=build(torch_seed(seed, WEIGHTS, model)),
            train=train,
            test=(_images(late[0]), torch.as_tensor(late[1])),
        )
        for model in range(n_models)
    )


def _largest(
    held: Mapping[str, tuple[Float32Array, IntArray]], count: int | None
) -> list[tuple[Float32Array, IntArray]]:
    """The writers with most images, in the files' order."""
    writers = [pair for pair in held.values() if pair[1].size]
    wanted = len(writers) if count is None else count
    check_count(wanted, "n_clients", 1)
    if wanted > len(writers):
        raise InvalidProblemError(
            f"n_clients is {wanted}; there are {len(writers)} writers with images"
        )
    sizes = np.array([len(labels) for _, labels in writers])
    return [writers[i] for i in np.sort(np.argsort(-sizes, kind="stable")[:wanted])]


def _held_out(count: int, share: float, seed: int, writer: int) -> BoolArray:
    """``(count,)``: which of a writer's images are held out, a share of them rounded down."""
    held = np.zeros(count, dtype=bool)
    order = generator(seed, RESAMPLE, writer).permutation(count)
    held[order[: int(share * count)]] = True
    return held


def _images(rows: Float32Array) -> Tensor:
    return torch.as_tensor(rows.reshape(-1, 1, 28, 28))


def _by_user(path: Path, read: Callable[[Any, Path, str], Pair]) -> dict[str, Pair]:
    """What ``read`` makes of every user's samples, file after file."""
    held: dict[str, Pair] = {}
    for file in _files(path):
        for user, samples in _users(file):
            if user in held:
                raise InvalidProblemError(f"{file} has user {user!r} again; keep one of the files")
            held[user] = read(samples, file, user)
    if not held:
        raise InvalidProblemError(f"{path} has no users; preprocess it again")
    return held


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(path.glob("all_data_*.json")) or sorted(path.glob("*.json"))
    if not files:
        raise InvalidProblemError(
            f"there is no all_data_*.json in {path}; get it from {_WHERE}, or give a play as plain "
            "text to characters()"
        )
    return files


def _users(file: Path) -> list[tuple[str, Any]]:
    """Every user with what it holds, as many samples as the file says."""
    try:
        content = json.loads(text_in(file))
        users = [(user, content["user_data"][user]) for user in content["users"]]
        counts = content.get("num_samples")
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    except (ValueError, RecursionError):  # not UTF-8, no JSON, or nested too deep
        raise InvalidProblemError(
            f"{file} is no JSON, or was cut short; preprocess it again"
        ) from None
    except (AttributeError, KeyError, TypeError):
        raise InvalidProblemError(
            f"{file} lacks 'users', or one of them in 'user_data'; it is not LEAF's JSON: get it "
            f"from {_WHERE}"
        ) from None
    held = [_length(samples) for _, samples in users]
    for place, (user, _) in enumerate(users):
        told = counts[place] if isinstance(counts, list) and place < len(counts) else None
        if counts is not None and held[place] not in (None, told):
            raise InvalidProblemError(
                f"{file} says that user {user!r} has {told!r:.40} samples, and holds {held[place]};"
                " it was cut short or mixed: preprocess it again"
            )
    return users


def _length(samples: Any) -> int | None:
    """How many samples there are; None where nobody can tell."""
    given = samples.get("y") if isinstance(samples, dict) else None
    return len(given) if isinstance(given, list) else None


def _pictures(samples: Any, file: Path, user: str) -> tuple[Float32Array, IntArray]:
    try:
        pixels = np.asarray(samples["x"], dtype=np.float32).reshape(len(samples["x"]), -1)
        labels = np.asarray(samples["y"])
        if not labels.size and not pixels.size:
            return np.empty((0, _PIXELS), np.float32), np.empty(0, np.int64)
        whole = labels.dtype.kind in "iu" and labels.shape == (len(pixels),)
        if pixels.shape[1] != _PIXELS or not whole:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise InvalidProblemError(
            f"{file}, user {user!r}: 'x' must hold images of {_PIXELS} numbers and 'y' a whole "
            "number for each, as FEMNIST does; preprocess it again"
        ) from None
    if not (pixels.min() >= 0.0 and pixels.max() <= 1.0):
        raise InvalidProblemError(
            f"{file}, user {user!r}: pixels from {pixels.min():g} to {pixels.max():g}; FEMNIST's "
            "are from 0 to 1"
        )
    if labels.min() < 0 or labels.max() >= _CHARACTERS:
        raise InvalidProblemError(
            f"{file}, user {user!r}: classes from {labels.min()} to {labels.max()}; they must lie "
            f"in 0 .. {_CHARACTERS - 1}"
        )
    return pixels, labels.astype(np.int64)


def _samples(samples: Any, file: Path, user: str) -> tuple[IntArray, IntArray]:
    try:
        inputs, following = samples["x"], samples["y"]
        lengths = {len(window) for window in inputs}
        if not inputs and not following:
            return np.empty((0, 0), np.int64), np.empty(0, np.int64)
        bad = len(inputs) != len(following) or len(lengths) != 1 or "".join(following) == ""
        if bad or any(len(y) != 1 for y in following):
            raise ValueError
        tokens = LEAF_ALPHABET.encode("".join(inputs)).reshape(len(inputs), -1)
        return tokens, LEAF_ALPHABET.encode("".join(following))
    except InvalidProblemError as error:
        raise InvalidProblemError(f"{file}, user {user!r}: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise InvalidProblemError(
            f"{file}, user {user!r}: 'x' must hold windows of one length and 'y' one character for "
            "each; preprocess it again"
        ) from None
