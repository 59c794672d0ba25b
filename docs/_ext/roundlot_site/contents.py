"""Which page stands where: the groups of the sidebar, and the pages below a page.

The Markdown pages are also read on a code host, so no table of contents stands in them: it is
added while the site is built.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from roundlot_site.writing import toctree

GROUPS: dict[str, tuple[str, ...]] = {
    "Start": ("choose", "fleet", "tables", "frames", "norms", "main-job"),
    "Tutorials": ("tutorials/*",),
    "Gallery": ("gallery/index",),
    "Guides": (
        "water-and-prices",
        "limits",
        "privacy",
        "certificate-format",
        "objectives",
        "uncertain",
        "designs",
        "decide",
        "constants",
        "audit",
        "train",
        "tasks",
        "workers",
        "graphs",
        "stragglers",
        "partition",
        "flower",
        "speed",
        "hostile",
        "faults",
        "papers",
    ),
    "Methods": ("methods", "approximations"),
    "Theorems": ("theorems", "tightness", "certified-rounds", "codesign"),
    "Reference": ("reference/index", "reference/command-line"),
    "Project": ("glossary", "contributing", "reference/changelog"),
}
#: Order in which the tutorials are read; others follow by name.
TUTORIALS = ("own-fleet", "audit", "budget", "promise", "fair-training", "links", "flower")
#: Pages with a folder of pages below them, and what stands above their list: nothing, no list.
PARENTS = {
    "methods": "## A page for each\n\n",
    "approximations": "## A page for each\n\n",
    "theorems": "",
}
ROOT = "index"


def groups(docs: Path) -> dict[str, list[str]]:
    """The groups with the pages that there are; a page of no group is a guide."""
    found = {caption: _present(docs, names) for caption, names in GROUPS.items()}
    listed = {name for names in found.values() for name in names} | {ROOT}
    found["Guides"] += sorted({p.stem for p in docs.glob("*.md")} - listed)
    return {caption: names for caption, names in found.items() if names}


def _present(docs: Path, names: tuple[str, ...]) -> list[str]:
    kept: list[str] = []
    for name in names:
        if name.endswith("/*"):
            kept += _folder(docs, name.removesuffix("/*"))
        elif name.startswith(("reference/", "gallery/")) or (docs / f"{name}.md").exists():
            kept.append(name)
    gallery = (docs.parent / "examples" / "gallery").is_dir()
    return [name for name in kept if gallery or not name.startswith("gallery/")]


def _folder(docs: Path, folder: str) -> list[str]:
    if (docs / folder / "index.md").exists():  # lists the others itself
        return [f"{folder}/index"]
    there = {p.stem for kind in ("*.ipynb", "*.md") for p in (docs / folder).glob(kind)}
    known = [stem for stem in TUTORIALS if stem in there]
    return [f"{folder}/{stem}" for stem in known + sorted(there - set(known))]


def with_contents(text: str, name: str, docs: Path) -> str:
    """The page with the table of contents that belongs to it."""
    if name == ROOT:
        hidden = [
            toctree([f"/{page}" for page in pages], caption=caption, options=[":hidden:"])
            for caption, pages in groups(docs).items()
        ]
        return text + "\n" + "\n".join(hidden)
    if name in PARENTS:
        there = [p for kind in ("*.md", "*.rst") for p in sorted((docs / name).glob(kind))]
        below = [f"/{name}/{page.stem}" for page in there]
        return text + "\n" + PARENTS[name] + toctree(_in_order(name, below), options=_shown(name))
    return text


def _shown(name: str) -> list[str]:
    return [] if PARENTS[name] else [":hidden:"]


def _in_order(name: str, pages: list[str]) -> list[str]:
    if name != "theorems":
        return pages
    from roundlot.theory.theorems import CATALOGUE

    order = [f"/theorems/{theorem.name}" for theorem in CATALOGUE]
    return [page for page in order if page in pages]


def shared_sidebar() -> Callable[..., None]:
    """Listings of source are in no group: one sidebar does for all of the same depth.

    Furo resolves every table of contents for every page, which would be half of the build's time.
    """
    made: dict[tuple[int, str], str] = {}

    def share(app: Sphinx, page: str, template: str, context: dict[str, Any], *_: object) -> None:
        toctree = context.get("toctree")
        if toctree is None or not page.startswith(("_modules/", "code/")):
            return

        def kept(**options: Any) -> str:
            key = (page.count("/"), repr(sorted(options.items())))
            if key not in made:
                made[key] = toctree(**options)
            return made[key]

        context["toctree"] = kept

    return share
