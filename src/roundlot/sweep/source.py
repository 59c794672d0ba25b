"""One setup of a sweep with its changes, as it travels: plain data, and tables by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FLEET, FEDERATION, WORKERS = "fleet", "federation", "workers"


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """What a cell starts from.

    Attributes:
        kind: "fleet", "federation" or "workers".
        label: the setup's name in the rows.
        varied: the values of what the sweep varies, by key.
        document: the setup with its changes, without what a cell adds (seed, method).
        methods: names of methods, with their tables for a setup of training.
        identity: a digest of everything that a result depends on, files included.
        base: a digest of what cells share that differ in their limits only.
        folder, data: what paths in a setup of training are relative to.
        paths: files that workers have to see under these names.
    """

    kind: str
    label: str
    varied: Mapping[str, Any]
    document: Mapping[str, Any]
    methods: Mapping[str, Any]
    identity: str
    base: str
    folder: str = ""
    data: str | None = None
    paths: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Shelf:
    """Contents of files under names that are made of them, so that no worker needs the files."""

    contents: dict[str, bytes] = field(default_factory=dict)
    names: dict[Path, str] = field(default_factory=dict)

    def put(self, path: Path) -> str:
        """The name under which the content of the file travels.

        Raises:
            OSError: it cannot be read.
        """
        if path not in self.names:
            content = path.read_bytes()
            name = f"{hashlib.sha256(content).hexdigest()[:16]}/{path.name}"
            self.contents[name] = content
            self.names[path] = name
        return self.names[path]


def digest(value: Any) -> str:
    """A short digest of plain data, the same wherever and whenever it is computed."""
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:24]


def path_digest(path: Path) -> str:
    """A digest of a file's content, or of the names and sizes of what is in a folder."""
    if path.is_dir():
        inside = sorted(item for item in path.rglob("*") if item.is_file())
        return digest([(str(item.relative_to(path)), item.stat().st_size) for item in inside])
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:24]
