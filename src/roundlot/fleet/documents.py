"""A setup's TOML: parsed, and with no section or key that nobody reads."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from typing import Any

from roundlot.fleet.files import closest, reason
from roundlot.theory import InvalidProblemError


def parsed_toml(content: str, what: str) -> dict[str, Any]:
    """The document in ``content``; ``what`` names it in errors: "setup mine.toml".

    Raises:
        InvalidProblemError: a syntax error, or tables in tables too deep to read.
    """
    try:
        return tomllib.loads(content)
    except RecursionError as error:
        raise InvalidProblemError(f"{what} nests too deep for TOML") from error
    except ValueError as error:
        raise InvalidProblemError(f"{what} is not TOML: {reason(error)}") from error


def require_known(document: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse a section or key that is not one of ``known``.

    Raises:
        InvalidProblemError: names it, and the closest that there is.
    """
    unknown = [given for given in document if given not in known]
    if unknown:
        kind = "section" if isinstance(document[unknown[0]], dict) else "key"
        raise InvalidProblemError(
            f"there is no {kind} {unknown[0]!r}; {closest(unknown[0], known)}"
        )
