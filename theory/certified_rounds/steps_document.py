"""The plain form of a claim about rounds of one step, and the claim of a plain form."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from roundlot.theory.certified_rounds.document import CLIENTS, number_in, numbers, part_of
from roundlot.theory.certified_rounds.steps import MOST_ROUNDS, Participant, StepsClaim
from roundlot.theory.json_text import UnreadableError, version_of

FORMAT = "roundlot-steps"
VERSION = 1
MOST = 1_000_000  # clients that are written apart
_EACH = ("weight", "smoothness", "strong_convexity", "variance", "at_optimum", "probability")
_ALL = ("slope", "share", "step", "initial", "bound")
_NEEDED = ("format", "version", "counts", *_EACH, "heterogeneity", *_ALL, "rounds")
_NOTES = ("notes", "software")


def steps_document(claim: StepsClaim, **notes: str) -> dict[str, Any]:
    """What a file of the claim holds: a list for each number of the clients."""
    lists = {name: [numbers(getattr(one, name)) for one in claim.clients] for name in _EACH}
    known = claim.heterogeneity
    return {
        "format": FORMAT,
        "version": VERSION,
        **notes,
        "counts": [one.count for one in claim.clients],
        **lists,
        "heterogeneity": None if known is None else numbers(known),
        **{name: numbers(getattr(claim, name)) for name in _ALL},
        "rounds": claim.rounds,
    }


def steps_in(document: Any) -> StepsClaim:
    """What a document claims; whether it is so is decided by its ``failures``.

    Raises:
        UnreadableError: it is no such document, or something is missing or misshapen.
    """
    version_of(document, FORMAT, (VERSION,))
    given = part_of(document, "the document", _NEEDED, _NOTES)
    counts = _counts(given)
    columns = [_column(given, name, len(counts)) for name in _EACH]
    known = given["heterogeneity"]
    single = {name: number_in(given[name], name) for name in _ALL}
    return StepsClaim(
        clients=tuple(
            Participant(count=count, **dict(zip(_EACH, values, strict=True)))
            for count, *values in zip(counts, *columns, strict=True)
        ),
        heterogeneity=None if known is None else number_in(known, "heterogeneity"),
        rounds=_whole(given["rounds"], "rounds", MOST_ROUNDS),
        **single,
    )


def _counts(given: Mapping[str, Any]) -> list[int]:
    values = given["counts"]
    if not isinstance(values, list) or not 1 <= len(values) <= MOST:
        raise UnreadableError(f"counts is not a list of 1 to {MOST:,} numbers")
    return [_whole(value, "counts", CLIENTS) for value in values]


def _column(given: Mapping[str, Any], name: str, length: int) -> list[Fraction]:
    values = given[name]
    if not isinstance(values, list) or len(values) != length:
        raise UnreadableError(f"{name} is not a list of {length} numbers, as counts is")
    return [number_in(value, name) for value in values]


def _whole(value: Any, name: str, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise UnreadableError(f"{name} holds {value!r:.40}; give a whole number from 1 to {most:,}")
    return value
