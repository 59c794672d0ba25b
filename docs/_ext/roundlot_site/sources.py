"""Links that leave the folder of pages: a page for each file of the repository that is linked."""

from __future__ import annotations

import re
from pathlib import Path

from roundlot_site.writing import Pages

LINK = re.compile(r"\]\((?P<path>\.\.?/[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")
FOLDER = "code"
FIRST = Path("README.md")  # says on a code host what the first page says here
GALLERY = Path("examples/gallery")  # executed, it is pages of its own


def _target(path: Path, link: str, root: Path) -> Path | None:
    """The file that a link leads to, if it is one of the repository outside ``docs``."""
    found = (path.parent / link).resolve()
    if found.is_dir():
        found = found / "__init__.py" if (found / "__init__.py").exists() else found / "README.md"
    inside = found.is_relative_to(root) and not found.is_relative_to(root / "docs")
    return found.relative_to(root) if inside and found.is_file() else None


def name_of(file: Path | str) -> str:
    """The page of a file of the repository, from the top: ``code/solvers/solve.py``."""
    return f"{FOLDER}/{Path(file).as_posix()}"


def with_links(text: str, path: Path, root: Path) -> str:
    """The page with its links out of ``docs`` turned to the files' pages."""

    def turned(match: re.Match[str]) -> str:
        if (path.parent / match["path"]).resolve() == root / GALLERY:
            return "](/gallery/index.rst)"
        file = _target(path, match["path"], root)
        if file == FIRST:
            return "](/index.md)"
        return match[0] if file is None else f"](/{name_of(file)}.rst)"

    return LINK.sub(turned, text)


def linked(root: Path) -> set[Path]:
    """Every file outside ``docs`` that a page of ``docs`` links to."""
    found: set[Path] = set()
    for page in (root / "docs").rglob("*.md"):
        for match in LINK.finditer(page.read_text("utf-8")):
            file = _target(page, match["path"], root)
            if file not in (None, FIRST):
                found.add(file)
    return found


def page(file: Path) -> str:
    """The text of a file's page: a listing, or the document itself."""
    up = "../" * (len(file.parts) + 1)
    if file.suffix == ".md":
        return f":orphan:\n\n.. include:: {up}{file.as_posix()}\n   :parser: myst_parser.sphinx_\n"
    title = file.as_posix()
    language = {".py": "python", ".toml": "toml", ".v": "coq"}.get(file.suffix, "text")
    return (
        f":orphan:\n\n{title}\n{'=' * len(title)}\n\n"
        f".. literalinclude:: {up}{title}\n   :language: {language}\n"
    )


def pages(root: Path) -> Pages:
    """The pages of all files that are linked, and of the modules that generated pages name."""
    return {f"{name_of(file)}.rst": page(file) for file in linked(root)}
