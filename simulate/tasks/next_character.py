"""The next character of a play, where a client is a role: As You Like It, or a text of yours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from roundlot.simulate.argument_checks import check_count, check_open_share
from roundlot.simulate.tasks.networks import character_recurrent, character_window
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.shipped import shipped_text
from roundlot.simulate.tasks.streams import torch_seed
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray
from roundlot.theory.errors import warn
from roundlot.theory.names import require_choice
from roundlot.theory.plain_files import NotPlainError, text_in
from roundlot.theory.random_streams import WEIGHTS
from roundlot.theory.text import plural


@dataclass(frozen=True, kw_only=True)
class Alphabet:
    """The characters that a model knows, each with its number.

    Raises:
        InvalidProblemError: fewer than two characters, or one twice.
    """

    characters: str

    def __post_init__(self) -> None:
        if len(self.characters) < 2 or len(set(self.characters)) < len(self.characters):
            raise InvalidProblemError("an alphabet needs at least 2 characters, each once")

    @classmethod
    def of(cls, *texts: str) -> Alphabet:
        """The characters of some texts, sorted."""
        return cls(characters="".join(sorted(set().union(*texts))))

    def encode(self, text: str) -> IntArray:
        """``(len(text),)`` numbers of the characters.

        Raises:
            InvalidProblemError: a character that is not in the alphabet; names it.
        """
        strange = set(text) - set(self.characters)
        if strange:
            raise InvalidProblemError(
                f"{min(strange)!r} is not among the {len(self.characters)} characters of the "
                "alphabet; add it, or take it out of the text"
            )
        code = {character: number for number, character in enumerate(self.characters)}
        return np.array([code[character] for character in text], dtype=np.int64)

    def decode(self, numbers: npt.ArrayLike) -> str:
        """The text again."""
        return "".join(self.characters[number] for number in np.asarray(numbers).ravel())


def windows(tokens: IntArray, length: int, stride: int = 1) -> tuple[IntArray, IntArray]:
    """``(n, length)`` windows and the ``(n,)`` tokens that follow them; ``n`` may be 0."""
    check_count(length, "window", 1)
    check_count(stride, "stride", 1)
    if tokens.size <= length:
        return np.empty((0, length), np.int64), np.empty(0, np.int64)
    view = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)[::stride]
    return view[:, :-1].copy(), view[:, -1].copy()


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What somebody says without being interrupted."""

    speaker: str
    scene: str
    text: str


def read_speeches(text: str) -> tuple[Speech, ...]:
    """The speeches of a play: blocks between blank lines, a speaker and a colon in the first line.

    A block that starts with ``#`` names the scene of those that follow. A block without text or
    without a speaker is left out, as stage directions are.

    Raises:
        InvalidProblemError: no speech at all.
    """
    speeches, scene = [], ""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        head, _, body = block.strip("\n").partition("\n")
        if head.startswith("#"):
            scene = head.lstrip("# ")
        elif head.rstrip().endswith(":") and body.strip():
            speeches.append(Speech(speaker=head.rstrip()[:-1], scene=scene, text=body.strip("\n")))
    if not speeches:
        raise InvalidProblemError(
            "the text has no speech; give blocks between blank lines that start with 'SPEAKER:'"
        )
    return tuple(speeches)


def texts_by_owner(speeches: Sequence[Speech], split: str) -> dict[str, str]:
    """What every owner says, speech after speech, in order of the first appearance.

    Args:
        speeches: of the play.
        split: "speaker": an owner is a role; "scene": a role in a scene.

    Raises:
        InvalidProblemError: another split.
    """
    if split not in ("speaker", "scene"):
        raise InvalidProblemError(f"split is {split!r}; choose 'speaker' or 'scene'")
    said: dict[str, list[str]] = {}
    for speech in speeches:
        owner = speech.speaker if split == "speaker" else f"{speech.speaker}, {speech.scene}"
        said.setdefault(owner, []).append(speech.text)
    return {owner: "\n".join(parts) for owner, parts in said.items()}


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
    if test is None:
        check_open_share(test_share, "test_share")
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
        raise InvalidProblemError(
            f"{len(networks)} {plural(len(networks), 'network')} for {n_models} "
            f"{plural(n_models, 'model')}; give one each"
        )
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
    require_choice(kind, "network", NETWORKS, also="give a function")
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
        warn(
            f"{len(silent)} of {len(held)} clients say less than a window and one character and "
            f"are left out, {silent[0]!r} among them; a shorter window keeps more of them"
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
        return text_in(text)
    except FileNotFoundError:
        raise InvalidProblemError(
            f"there is no file {str(text)!r}; give the path of a play as plain text"
        ) from None
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    except UnicodeDecodeError:
        raise InvalidProblemError(f"{str(text)!r} is not UTF-8 text; convert it first") from None
