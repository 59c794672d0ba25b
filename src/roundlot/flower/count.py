"""The number of a round, over all starts of a server: a draw is a function of (seed, round).

A seed that draws a round again draws the same nodes again, and a run that goes on with them is not
unbiased. This process knows what it has drawn. Of other processes somebody must say it: by
``first_round``, by the state of the run that goes on, or by leaving the seed to be chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.flower.lost import biased, conditional
from roundlot.theory import InvalidProblemError

#: For every (seed, round, what is trained) of this process: of which first model it was drawn, and
#: among whom.
_DRAWN: dict[tuple[int, int, int], dict[bytes, set[frozenset[str]]]] = {}
#: One copy of every set of nodes, for most rounds have the same.
_GROUPS: dict[frozenset[str], frozenset[str]] = {}


@dataclass(kw_only=True)
class RoundCount:
    """Goes on where Flower, at every start, begins again with 1.

    Attributes:
        last: the number of the last round drawn, 0 before the first.
        ahead: what is added to the framework's number.
        origin: of which model the first draw of this object was made.
        vouched: somebody said that the seed drew no later round: by its first number, by a state.
        model: of which model a loaded state is, if one was loaded; see `model_digest`.
        foreign: the first model after that was another.
    """

    last: int = 0
    ahead: int = 0
    origin: bytes | None = None
    vouched: bool = False
    model: str | None = None
    foreign: bool = False

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
        self.ahead, self.vouched = first - 1, True

    def next(self, flower_round: int) -> int:
        """The number of the round that Flower calls ``flower_round``; never one drawn before."""
        if flower_round + self.ahead <= self.last:
            self.ahead = self.last + 1 - flower_round
        self.last = flower_round + self.ahead
        return self.last

    def number(self, flower_round: int) -> int:
        """The number of a round that was drawn."""
        return flower_round + self.ahead

    def of_model(self, arrays: Mapping[str, Any]) -> None:
        """See the model that a round starts from, before its draw is judged."""
        if self.origin is None:
            digest = model_digest(arrays)
            self.origin = bytes.fromhex(digest)
            self.foreign = self.model is not None and digest != self.model

    def unvouched(self, seed: int, *, chosen: bool) -> tuple[str, ...]:
        """The condition that a draw rests on as long as nobody said where the run begins.

        Args:
            seed: of the policy.
            chosen: it was chosen anew for this run, so no other process has it.
        """
        if self.foreign:
            return (
                conditional(
                    "unbiased if the state that was loaded is that of this model; it was saved "
                    "after another, and rounds drawn since are drawn again"
                ),
            )
        if chosen or self.vouched:
            return ()
        return (
            conditional(
                f"unbiased if no earlier run of this model drew these rounds with seed {seed}; "
                "give first_round (1 for a new run), load the state of the run that goes on, or "
                "leave out the seed"
            ),
        )

    def repeated(self, seed: int, keys: Iterable[str], arrays: Mapping[str, Any]) -> bool:
        """Whether this process drew (seed, round) with any of these nodes before, for another run.

        The same draw for the same first model is a run done again, or another rule compared with
        it; for another model it is a run that goes on and asks the same nodes again, also if a
        few have come or gone.
        """
        self.of_model(arrays)
        kind = hash(tuple((name, np.shape(array)) for name, array in arrays.items()))
        group = frozenset(keys)
        group = _GROUPS.setdefault(group, group)
        origins = _DRAWN.setdefault((seed, self.last, kind), {})
        again = any(
            origin != self.origin and any(not group.isdisjoint(one) for one in groups)
            for origin, groups in origins.items()
        )
        if not again and self.origin is not None:
            origins.setdefault(self.origin, set()).add(group)
        return again

    def claims(
        self, seed: int, keys: Iterable[str], arrays: Mapping[str, Any] | None, *, chosen: bool
    ) -> tuple[str, ...]:
        """What is to be said of the last round's number, as labels."""
        if arrays is not None and self.repeated(seed, keys, arrays):
            return (
                biased(
                    f"seed {seed} drew round {self.last} among these nodes before, so the same "
                    "nodes are asked again; load the state of the run that goes on, or give "
                    "first_round"
                ),
            )
        return self.unvouched(seed, chosen=chosen)


def model_digest(arrays: Mapping[str, Any]) -> str:
    """A text that two models share only if all arrays are equal to the bit, in any order."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode() + array.tobytes())
    return digest.hexdigest()
