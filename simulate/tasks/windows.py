"""Characters as numbers, and texts as windows with the character that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.theory import InvalidProblemError

IntArray = npt.NDArray[np.int64]


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
