"""The number of a round, over all starts of a server: a draw is a function of (seed, round)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError

#: For every (seed, round, who is there and what is trained) of this process: from which numbers of
#: the models it was drawn.
_DRAWN: dict[tuple[int, int, int], set[bytes]] = {}


@dataclass(kw_only=True)
class RoundCount:
    """Goes on where Flower, at every start, begins again with 1.

    Attributes:
        last: the number of the last round drawn, 0 before the first.
        ahead: what is added to Flower's number.
        origin: of which model the first draw of this object was made.
    """

    last: int = 0
    ahead: int = 0
    origin: bytes | None = None

    def begin(self, first: int) -> None:
        """Give the next start's first round this number.

        Raises:
            InvalidProblemError: not a whole number from 1; a round that was drawn already.
        """
        if isinstance(first, bool) or not isinstance(first, int) or first < 1:
            raise InvalidProblemError(f"first_round is {first!r}; give a whole number from 1")
        if first <= self.last:
            raise InvalidProblemError(
                f"first_round is {first}, and round {self.last} was drawn already: the same nodes "
                f"would be drawn again; give {self.last + 1} or leave it out"
            )
        self.ahead = first - 1

    def next(self, flower_round: int) -> int:
        """The number of the round that Flower calls ``flower_round``; never one drawn before."""
        if flower_round + self.ahead <= self.last:
            self.ahead = self.last + 1 - flower_round
        self.last = flower_round + self.ahead
        return self.last

    def number(self, flower_round: int) -> int:
        """The number of a round that was drawn."""
        return flower_round + self.ahead

    def repeated(self, seed: int, keys: Iterable[str], arrays: Mapping[str, Any]) -> bool:
        """Whether this process drew (seed, round) among these nodes before, for another model.

        The same draw for the same first model is a run done again, or another rule compared with
        it; for another model it is a run that goes on and hears the same nodes again.
        """
        kind = [(name, np.shape(array)) for name, array in arrays.items()]
        if self.origin is None:
            digest = hashlib.sha256()
            for name, array in arrays.items():
                digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
            self.origin = digest.digest()
        origins = _DRAWN.setdefault((seed, self.last, hash((*keys, *kind))), set())
        again = bool(origins - {self.origin})
        if not again:
            origins.add(self.origin)
        return again
