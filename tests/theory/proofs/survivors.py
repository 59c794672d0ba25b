"""The mutants of each theorem that the kernel accepts; from the root of the repository,

    python -m tests.theory.proofs.survivors [NAME ...]

writes the list anew, for the theorems named or for all (minutes), and says what changed. A mutant
that is new on it must be read: either it is true, by a reason in ``test_mutants.py``, or the kernel
has a hole.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from roundlot.theory.proofs import RefusedError, UnreadableError
from roundlot.theory.proofs.kernel.documents import FORMAT, VERSION, Theorem, theorems
from roundlot.theory.proofs.kernel.hypotheses import Proved
from roundlot.theory.proofs.kernel.judging import prove
from roundlot.theory.theorems import CATALOGUE, named

from .mutants import Data, Mutant, mutants
from .statements import relation

Listed = dict[str, dict[str, list[str]]]

FILE = Path(__file__).with_name("survivors.json")


def listed() -> Listed:
    return json.loads(FILE.read_text("utf-8"))


def surviving(name: str) -> dict[str, list[str]]:
    """The accepted mutants of a theorem by what they say."""
    data = named(name).data
    found: dict[str, list[str]] = {}
    for what, mutant in _survivors(data, cited_by(name)):
        found.setdefault(relation(data, mutant), []).append(what)
    return found


def cited_by(name: str) -> dict[str, Proved]:
    """Every theorem before the last of a document, proved once for all mutants."""
    return {one["name"]: _proved(one["name"]) for one in _document(name)[:-1]}


@cache
def _proved(name: str) -> Proved:
    return prove(read(_document(name)[-1]), cited_by(name))


@cache
def _document(name: str) -> Sequence[Data]:
    return named(name).document()["theorems"]


def read(data: Data) -> Theorem:
    return theorems({"format": FORMAT, "version": VERSION, "theorems": [data]})[0]


def _survivors(data: Data, proved: Mapping[str, Proved]) -> Iterator[Mutant]:
    """The mutants that still stand and say something else."""
    whole = read(data)
    for what, mutant in mutants(data):
        try:
            theorem = read(mutant)
            if theorem == whole:
                continue
            prove(theorem, proved)
        except (RefusedError, UnreadableError):
            continue
        yield what, mutant


def renew(names: Sequence[str]) -> None:
    """Write the list anew for some theorems, theorem by theorem, in the catalogue's order."""
    found = listed()
    for name in names:
        before, found[name] = found.get(name, {}), surviving(name)
        _print_changes(name, before, found[name])
        _write({one.name: found[one.name] for one in CATALOGUE if one.name in found})


def _print_changes(name: str, before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    for kind in dict.fromkeys((*before, *after)):
        old, new = before.get(kind, []), after.get(kind, [])
        for sign, some, others in (("-", old, new), ("+", new, old)):
            for what in some:
                if what not in others:
                    print(f"{sign} {name}: {kind}: {what}", flush=True)


def _write(found: Listed) -> None:
    """One line for each class of a theorem."""
    blocks = []
    for name, kinds in found.items():
        lines = [f"  {_json(kind)}: {_json(places)}" for kind, places in kinds.items()]
        blocks.append(f" {_json(name)}: {{\n" + ",\n".join(lines) + "\n }")
    FILE.write_text("{\n" + ",\n".join(blocks) + "\n}\n", "utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    renew(sys.argv[1:] or [theorem.name for theorem in CATALOGUE])
