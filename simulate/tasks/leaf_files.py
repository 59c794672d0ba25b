"""Shakespeare as LEAF writes it: JSON with 80 characters and the next one, by role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.simulate.tasks.next_character import Alphabet, next_character
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray
from roundlot.theory.plain_files import NotPlainError, text_in

_WHERE = "https://leaf.cmu.edu (data/shakespeare, preprocess.sh)"
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
    held: dict[str, tuple[IntArray, IntArray]] = {}
    for file in _files(Path(path)):
        for user, samples in _users(file).items():
            if user in held:
                raise InvalidProblemError(f"{file} has user {user!r} again; keep one of the files")
            held[user] = _samples(samples, file, user)
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
        late = np.concatenate([x for x, _ in said]), np.concatenate([y for _, y in said])
    return next_character(load_leaf(path), LEAF_ALPHABET, network=network, test=late, **options)


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


def _users(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(text_in(file))
        return {user: content["user_data"][user] for user in content["users"]}
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    except (ValueError, RecursionError):  # not UTF-8, no JSON, or nested too deep
        raise InvalidProblemError(
            f"{file} is no JSON, or was cut short; preprocess it again"
        ) from None
    except (KeyError, TypeError):
        raise InvalidProblemError(
            f"{file} lacks 'users', or one of them in 'user_data'; it is not LEAF's JSON: get it "
            f"from {_WHERE}"
        ) from None


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
