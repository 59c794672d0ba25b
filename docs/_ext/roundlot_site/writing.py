"""Writing pages so that what has not changed is not built again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

Pages = dict[str, str]


def renew(docs: Path, folders: Iterable[str], pages: Mapping[str, str]) -> None:
    """Write what changed, remove from the folders what is no page any more."""
    for place, text in pages.items():
        path = docs / place
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    for folder in folders:
        for path in (docs / folder).rglob("*.*"):
            if path.is_file() and path.relative_to(docs).as_posix() not in pages:
                path.unlink()


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *[[_cell(c) for c in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def toctree(names: Iterable[str], *, caption: str = "", options: Iterable[str] = ()) -> str:
    """A table of contents for MyST; the names are of pages from the top."""
    given = [f":caption: {caption}"] if caption else []
    lines = ["```{toctree}", *given, *options, "", *names, "```"]
    return "\n".join(lines) + "\n"
