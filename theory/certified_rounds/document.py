"""The plain form of a claim about rounds, and the claim of a plain form that anybody wrote.

Numbers are whole numbers or texts such as ``"7/3"``, so that none is rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from roundlot.theory.certified_rounds.chain import RoundsClaim
from roundlot.theory.certified_rounds.proof import KindProof, RoundProof
from roundlot.theory.certified_rounds.setting import Coupling, Kind, Row, Setting, Table
from roundlot.theory.json_text import UnreadableError, version_of

FORMAT = "roundlot-rounds"
VERSION = 1
DIGITS = 2000  # of a numerator or denominator; ours have some 60
KINDS, LOCAL_STEPS, ROUNDS, CLIENTS = 100, 64, 100_000, 10**9  # at most, in a file
_TOO_LONG = 10**DIGITS
_NUMBER = re.compile(r"-?[0-9]+(/[0-9]+)?")
_KIND = (
    *("count", "weight", "second_moment", "smoothness", "strong_convexity", "steps"),
    "variance",
)
_COUPLING = ("combinations", "squares", "own", "spread")
_KIND_PROOF = ("facts", "share", "noises", "uncorrelated")
_PROOF = ("coupling", "before", "after", "dissimilarity", "centre", "kinds")
_CLAIM = (
    *("goal", "kinds", "cross_moments", "schedule", "initial", "heterogeneity"),
    *("proofs", "uses", "weights", "chain", "bound"),
)
_NOTES = ("notes", "software")


def document_of(claim: RoundsClaim, **notes: str) -> dict[str, Any]:
    """What a file of the claim holds."""
    return {
        "format": FORMAT,
        "version": VERSION,
        **notes,
        "goal": claim.goal,
        "kinds": [_plain(kind, _KIND) for kind in claim.setting.kinds],
        "cross_moments": numbers(claim.setting.cross_moments),
        "schedule": numbers(claim.schedule),
        "initial": numbers(claim.initial),
        "heterogeneity": numbers(claim.heterogeneity),
        "proofs": [_plain_proof(proof) for proof in claim.proofs],
        "uses": list(claim.uses),
        "weights": numbers(claim.weights),
        "chain": numbers(claim.chain),
        "bound": numbers(claim.bound),
    }


def _plain_proof(proof: RoundProof) -> dict[str, Any]:
    found = _plain(proof, _PROOF[1:-1])
    kinds = [_plain(kind, _KIND_PROOF) for kind in proof.kinds]
    return {"coupling": _plain(proof.coupling, _COUPLING), **found, "kinds": kinds}


def _plain(record: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: numbers(getattr(record, name)) for name in names}


def numbers(value: Any) -> Any:
    """As a file holds them: whole numbers, texts of fractions, or lists of such."""
    if isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        return [numbers(item) for item in value]
    return int(value) if value == int(value) and abs(value) < 2**53 else str(value)


def fits(value: Any) -> bool:
    """Whether a file may hold every number of a record, a table or a row."""
    if isinstance(value, tuple):
        return all(fits(item) for item in value)
    if is_dataclass(value):
        return all(fits(getattr(value, one.name)) for one in fields(value))
    whole = isinstance(value, Fraction)
    return not whole or max(abs(value.numerator), value.denominator) < _TOO_LONG


def claim_in(document: Any) -> RoundsClaim:
    """What a document claims; whether it is so is decided by its ``failures``.

    Raises:
        UnreadableError: it is no such document, or something is missing or misshapen.
    """
    version_of(document, FORMAT, (VERSION,))
    given = part_of(document, "the document", ("format", "version", *_CLAIM), _NOTES)
    if not isinstance(given["goal"], str):
        raise UnreadableError(f"the goal is {given['goal']!r:.40}")
    kinds = [_kind(value, f"kinds[{k}]") for k, value in enumerate(_list(given["kinds"], "kinds"))]
    if len(kinds) > KINDS:
        raise UnreadableError(f"there are {len(kinds)} kinds; at most {KINDS} are read")
    proofs = _list(given["proofs"], "proofs")
    return RoundsClaim(
        goal=given["goal"],
        setting=Setting(
            kinds=tuple(kinds), cross_moments=_table(given["cross_moments"], "cross_moments")
        ),
        schedule=_table(given["schedule"], "schedule"),
        initial=number_in(given["initial"], "initial"),
        heterogeneity=number_in(given["heterogeneity"], "heterogeneity"),
        proofs=tuple(_proof(value, f"proofs[{k}]") for k, value in enumerate(proofs)),
        uses=tuple(_whole(value, "uses", ROUNDS) for value in _list(given["uses"], "uses")),
        weights=_row(given["weights"], "weights"),
        chain=_row(given["chain"], "chain"),
        bound=number_in(given["bound"], "bound"),
    )


def _kind(value: Any, name: str) -> Kind:
    given = part_of(value, name, _KIND)
    steps = _row(given["steps"], f"{name}.steps")
    if len(steps) > LOCAL_STEPS:
        raise UnreadableError(f"{name} has {len(steps)} steps; at most {LOCAL_STEPS} are read")
    plain = {key: number_in(given[key], f"{name}.{key}") for key in _KIND[1:] if key != "steps"}
    return Kind(count=_whole(given["count"], f"{name}.count", CLIENTS), steps=steps, **plain)


def _proof(value: Any, name: str) -> RoundProof:
    given = part_of(value, name, _PROOF)
    coupling = part_of(given["coupling"], f"{name}.coupling", _COUPLING)
    combinations = _table(coupling["combinations"], f"{name}.coupling.combinations")
    if len(combinations) > KINDS:
        raise UnreadableError(f"{name} has more than {KINDS} combinations")
    if not isinstance(coupling["spread"], bool):
        raise UnreadableError(f"{name}.coupling.spread is not true or false")
    kinds = _list(given["kinds"], f"{name}.kinds")
    return RoundProof(
        coupling=Coupling(
            spread=coupling["spread"],
            combinations=combinations,
            squares=_table(coupling["squares"], f"{name}.coupling.squares"),
            own=_row(coupling["own"], f"{name}.coupling.own"),
        ),
        before=number_in(given["before"], f"{name}.before"),
        after=number_in(given["after"], f"{name}.after"),
        dissimilarity=number_in(given["dissimilarity"], f"{name}.dissimilarity"),
        centre=_row(given["centre"], f"{name}.centre"),
        kinds=tuple(_kind_proof(one, f"{name}.kinds[{k}]") for k, one in enumerate(kinds)),
    )


def _kind_proof(value: Any, name: str) -> KindProof:
    given = part_of(value, name, _KIND_PROOF)
    return KindProof(
        facts=_row(given["facts"], f"{name}.facts"),
        share=_table(given["share"], f"{name}.share"),
        noises=_row(given["noises"], f"{name}.noises"),
        uncorrelated=_row(given["uncorrelated"], f"{name}.uncorrelated"),
    )


def part_of(
    value: Any, name: str, needed: Sequence[str], more: Sequence[str] = ()
) -> Mapping[str, Any]:
    """``value`` as an object with the keys that are needed, and ``more`` at most.

    Raises:
        UnreadableError: it is none, a key is missing, or one is unknown.
    """
    if not isinstance(value, Mapping):
        raise UnreadableError(f"{name} is not an object")
    for key in needed:
        if key not in value:
            raise UnreadableError(f"{name} has no {key!r}")
    for key in value:
        if key not in needed and key not in more:
            raise UnreadableError(f"{name} has an unknown key {key!r:.40}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableError(f"{name} is not a list")
    return value


def _row(value: Any, name: str) -> Row:
    return tuple(number_in(item, name) for item in _list(value, name))


def _table(value: Any, name: str) -> Table:
    return tuple(_row(item, name) for item in _list(value, name))


def _whole(value: Any, name: str, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise UnreadableError(f"{name} holds {value!r:.40}; give a whole number from 0 to {most}")
    return value


def number_in(value: Any, name: str) -> Fraction:
    """A number of a file, exactly.

    Raises:
        UnreadableError: it is none, or too long.
    """
    if type(value) is int and abs(value) < _TOO_LONG:
        return Fraction(value)
    if not isinstance(value, str) or len(value) > 2 * DIGITS + 2 or not _NUMBER.fullmatch(value):
        raise UnreadableError(
            f'{name} holds {value!r:.40}; numbers are whole, or fractions such as "7/3"'
        )
    over, _, under = value.partition("/")
    if under and int(under) == 0:
        raise UnreadableError(f"{name} holds {value!r:.40}, which divides by 0")
    return Fraction(int(over), int(under or 1))
