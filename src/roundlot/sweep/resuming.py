"""Whether a sweep may go on in the folder of an earlier one: if it only adds cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roundlot.theory import InvalidProblemError
from roundlot.train.folder import flat


def require_extension(
    folder: Path,
    earlier: Mapping[str, Any],
    before: Sequence[str],
    document: Mapping[str, Any],
    keys: Sequence[str],
) -> None:
    """Refuse a sweep that leaves out or changes cells of the earlier one.

    Raises:
        InvalidProblemError: names what differs.
    """
    from roundlot import __version__

    if earlier.get("version") != __version__:
        raise InvalidProblemError(
            f"{folder} was computed by roundlot {earlier.get('version')}, this is {__version__}; "
            "choose another folder"
        )
    gone = set(before) - set(keys)
    if not gone:
        return
    raise InvalidProblemError(
        f"{folder} is of another sweep: {_difference(earlier['setup'], document)}; "
        f"{len(gone)} of its {len(before)} cells are not in this one: only add to it, or choose "
        "another folder"
    )


def _difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """What changed, unless it only grew."""
    old, new = flat(there), flat(json.loads(json.dumps(here, default=str)))
    for name in {**old, **new}:
        if name in ("name", "about") or _grew(old.get(name), new.get(name)):
            continue
        return f"{name} was {_shown(old, name)}, is {_shown(new, name)}"
    return "a setup or table that it names has changed"


def _grew(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return all(one in new for one in old)
    return bool(old == new)


def _shown(document: Mapping[str, Any], name: str) -> str:
    return repr(document[name])[:80] if name in document else "not set"
