"""The page as one file: template, style, scripts, data; its policy forbids the network."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from roundlot.explore.pack import pack
from roundlot.explore.scene import Scene
from roundlot.folders.atomic import write_text
from roundlot.report.template import environment

#: In the order in which they use each other.
SCRIPTS = (
    "unpack.js",
    "sums.js",
    "path.js",
    "design.js",
    "rounds.js",
    "fleet.js",
    "text.js",
    "axes.js",
    "charts.js",
    "table.js",
    "state.js",
    "words.js",
    "curves.js",
    "clients.js",
    "saving.js",
    "controls.js",
    "page.js",
)


def render_page(scene: Scene) -> str:
    """The page as HTML; it needs no other file and no network."""
    style, script = _text("explore.css"), _script()
    template = environment().from_string(_text("explore.html.jinja"))
    return template.render(
        name=scene.name,
        version=scene.version,
        n_clients=len(scene.clients),
        style=style,
        script=script,
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'",
        data=pack(scene),
    )


def write_page(path: str | Path, scene: Scene, *, overwrite: bool = True) -> Path:
    """Write the page; it appears whole or not at all.

    Raises:
        FileExistsError: the file is there and ``overwrite`` is false, or it is a folder.
        OSError: the place cannot be written.
    """
    write_text(path, render_page(scene), overwrite=overwrite)
    return Path(path)


@cache
def _text(name: str) -> str:
    return (files("roundlot.explore") / name).read_text("utf-8")


@cache
def _script() -> str:
    body = "\n".join(_text(name) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
