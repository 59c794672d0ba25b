"""The command that adds an optional part to this installation, from where it came from.

pip keeps that beside the package (PEP 610): a folder, a wheel, a repository; nothing for an index.
"""

from __future__ import annotations

import json
import shlex
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

__all__ = ["install_command"]

PIP = "python -m pip install"


def install_command(extra: str, package: str = "roundlot") -> str:
    """What to type for ``package[extra]``; if its source is not known any more, also where.

    Examples: ``python -m pip install --editable '/home/ann/roundlot[flower]'`` in a clone that was
    installed so, ``python -m pip install 'roundlot[flower]'`` where an index had it.
    """
    try:
        found = distribution(package)
    except PackageNotFoundError:
        return f"{PIP} '.[{extra}]' in the folder of {package}"
    origin = _origin(found)
    if not origin:
        return f"{PIP} {shlex.quote(f'{package}[{extra}]')}"
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        source = f"{vcs.get('vcs')}+{origin.get('url')}@{vcs.get('commit_id')}"
        return f"{PIP} {shlex.quote(f'{package}[{extra}] @ {source}')}"
    path = _path(str(origin.get("url")))
    if path is None:
        return f"{PIP} '.[{extra}]' in the folder of {package}"
    editable = "--editable " if origin.get("dir_info", {}).get("editable") else ""
    return f"{PIP} {editable}{shlex.quote(f'{path}[{extra}]')}"


def _path(url: str) -> Path | None:
    """A folder or file of this machine that is still there."""
    scheme, _, rest = url.partition("://")
    path = Path(url2pathname(rest)) if scheme == "file" else None
    return path if path and path.exists() else None


def _origin(found: Distribution) -> dict[str, Any]:
    """The record of PEP 610; empty where there is none, or none that can be read."""
    try:
        record = json.loads(found.read_text("direct_url.json") or "{}")
    except json.JSONDecodeError:
        return {}
    return record if isinstance(record, dict) else {}
