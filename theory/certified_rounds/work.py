"""How much work a proof may ask for: a short file must not hold its judge for hours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

MOST = 500_000_000  # operations on numbers of some 64 bits: minutes
_WORD = 640  # bits that cost next to nothing more than one
_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


class TooMuchWorkError(Exception):
    """The proof would take longer than any proof is given."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"it takes more than {most:,} operations, which is the most that is spent on one "
            "file; take fewer kinds, local steps or different rounds, or shorter numbers"
        )


@contextmanager
def limited() -> Iterator[None]:
    """Within, no more than ``MOST`` can be spent; within another limit that one holds."""
    if _left.get() is not None:
        yield
        return
    token = _left.set([MOST, MOST])
    try:
        yield
    finally:
        _left.reset(token)


def spend(operations: int, bits: int = 0) -> None:
    """Announce so many operations on numbers of so many bits, before they are done.

    Raises:
        TooMuchWorkError: there is a limit, and it does not hold that many more.
    """
    left = _left.get()
    if left is None:
        return
    left[0] -= operations * (1 + (bits // _WORD) ** 2)
    if left[0] < 0:
        raise TooMuchWorkError(left[1])


def spent() -> int:
    """Operations so far, within a limit."""
    left = _left.get()
    return 0 if left is None else left[1] - left[0]


def bits_of(values: Iterable[Fraction]) -> int:
    """Of the longest number over the denominator that all have in common, and of that."""
    common, longest = 1, 0
    for value in values:
        longest = max(longest, value.numerator.bit_length())
        if common % value.denominator:
            common = math.lcm(common, value.denominator)
            spend(1, common.bit_length())
    return longest + common.bit_length()
