"""The Sphinx extension behind the site: pages that the code writes, contents, formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from roundlot_site import (
    commands,
    contents,
    docstrings,
    frames,
    mathml,
    methods,
    reference,
    rules,
    shapes,
    sources,
    units,
)
from roundlot_site.writing import Pages, renew

__all__ = [
    "contents",
    "docstrings",
    "frames",
    "mathml",
    "reference",
    "setup",
    "shapes",
    "sources",
    "units",
    "written",
]

#: Folders that hold nothing but pages written here.
WRITTEN = ("reference", "methods", "approximations", "code")


def written(root: Path) -> Pages:
    """Every page that the code writes, by its place below ``docs``."""
    return {
        **methods.pages(root),
        **rules.pages(root),
        **reference.pages(root),
        **commands.pages(),
        **sources.pages(root),
    }


def _write(app: Sphinx) -> None:
    docs = Path(app.srcdir)
    renew(docs, WRITTEN, written(docs.parent))


def _read(app: Sphinx, name: str, text: list[str]) -> None:
    path = Path(app.env.doc2path(name))
    if path.suffix == ".md":
        docs = Path(app.srcdir)
        text[0] = sources.with_links(text[0], path, docs.parent)
        text[0] = contents.with_contents(text[0], name, docs)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything."""
    app.connect("builder-inited", _write, priority=100)
    app.connect("source-read", _read)
    app.connect("html-page-context", contents.shared_sidebar(), priority=100)
    mathml.connect(app)
    frames.connect(app)
    units.connect(app)
    docstrings.connect(app, reference.places(Path(app.srcdir).parent))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
