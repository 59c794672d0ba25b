"""A certificate as a file that anybody can check, in the format `roundlot.theory.certificates`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from roundlot.files import write_bytes
from roundlot.theory.certificates.claim import Claim
from roundlot.theory.certificates.document import FORMAT, document_of
from roundlot.theory.certificates.plan_document import FORMAT as PLAN_FORMAT
from roundlot.theory.certificates.plan_document import plan_document
from roundlot.theory.certificates.plans import Plan
from roundlot.theory.plain_files import text_in

ENDING = ".json"
FORMATS = (FORMAT, PLAN_FORMAT)


def save_claim(path: str | os.PathLike[str], claim: Claim | Plan, *, method: str) -> Path:
    """Write a claim or a plan to ``path``, and its large arrays beside it; gives the path.

    Arrays are there, under names of their own, before the document that names them takes the place
    of an earlier one; then the arrays of that one go. Whatever stops it, ``path`` is whole.

    Raises:
        FileExistsError: ``path`` is a folder.
        OSError: the folder cannot be written.
    """
    target = Path(path)
    if target.is_dir():
        raise FileExistsError(f"{path} is a folder; give the name of a file, such as design.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    stem = target.name.removesuffix(ENDING)
    document, files = (
        plan_document(claim, stem, method=method)
        if isinstance(claim, Plan)
        else document_of(claim, stem, method=method)
    )
    text = _text(document)
    earlier = _files_of(target) - files.keys()
    fresh = [name for name in files if not (target.parent / name).exists()]
    try:
        for name, content in files.items():
            write_bytes(target.parent / name, content)
        write_bytes(target, text.encode("utf-8"))
    except BaseException:
        for name in fresh:
            (target.parent / name).unlink(missing_ok=True)
        raise
    for name in earlier:
        (target.parent / name).unlink(missing_ok=True)
    return target


def _text(document: dict[str, Any]) -> str:
    """A line for each part of the document."""
    parts = [
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for name, value in document.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _files_of(target: Path) -> set[str]:
    """The arrays of a document of ours that is about to be replaced; of nothing else."""
    try:
        document = json.loads(text_in(target))
        ours = isinstance(document, dict) and document.get("format") in FORMATS
        names = _named(document) if ours else set()
    except (OSError, ValueError, TypeError, RecursionError):
        return set()
    stem = target.name.removesuffix(ENDING)
    return {name for name in names if _is_ours(name, stem)}


def _named(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["file"]} if isinstance(value.get("file"), str) else set()
        return own.union(*map(_named, value.values()))
    return set().union(*map(_named, value)) if isinstance(value, list) else set()


def _is_ours(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}.") and name.endswith(".npy") and Path(name).name == name
