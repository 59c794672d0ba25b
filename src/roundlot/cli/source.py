"""From the argument SOURCE to a setup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundlot.fleet import Setup


def read_setup(source: Path | None, changes: Mapping[str, Any]) -> Setup:
    """The shipped setup, one from a TOML file, or one around a plain table of scores."""
    from roundlot.fleet import default_setup, load_setup, scores_setup

    if source is None:
        setup = default_setup()
    elif source.suffix == ".toml":
        setup = load_setup(source)
    else:
        setup = scores_setup(source)
    return setup.replaced(changes) if changes else setup
