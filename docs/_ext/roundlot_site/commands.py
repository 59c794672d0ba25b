"""The page of the command line, from the application itself."""

from __future__ import annotations

import re
from typing import Any

import typer.main

from roundlot.cli import app
from roundlot_site.writing import Pages, table

HEAD = """\
# Command line

Every command prints this with `--help`. `--json` gives the result as JSON on standard output. Bad
input ends with one line and exit code 2, a refuted claim with 1, an interruption with 130.

"""


def _context(command: Any, name: str, parent: Any = None) -> Any:
    return command.context_class(command, info_name=name, parent=parent)


def _row(parameter: Any, context: Any) -> tuple[str, str]:
    written, meaning = parameter.get_help_record(context) or ("", "")
    return f"`{written}`" if written else "", _paragraph(meaning)


def _paragraph(text: str) -> str:
    line = " ".join(text.split())
    if line.startswith("Example: "):
        return f"Example: `{line.removeprefix('Example: ')}`"
    return re.sub(r"(?<![\w`-])--[a-z][\w-]*", r"`\g<0>`", line)


def section(command: Any, name: str, context: Any) -> str:
    """A command: how it is used, what it does, its arguments and options."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    rows = [_row(parameter, context) for parameter in command.get_params(context)]
    text = "\n\n".join(_paragraph(part) for part in (command.help or "").split("\n\n"))
    return (
        f"## {name}\n\n```text\n{usage}\n```\n\n{text}\n\n"
        + table(["argument or option", "what it is"], [row for row in rows if row[0]])
        + "\n"
    )


def _sections(group: Any, name: str, parent: Any = None) -> list[str]:
    context = _context(group, name, parent)
    found: list[str] = []
    for key in group.list_commands(context):
        _, command, _ = group.resolve_command(context, [key])
        if getattr(command, "hidden", False):
            continue
        if hasattr(command, "list_commands"):
            found += _sections(command, key, context)
        else:
            below = _context(command, key, context)
            found.append(section(command, below.command_path, below))
    return found


def pages() -> Pages:
    """The one page."""
    command = typer.main.get_command(app)
    return {"reference/command-line.md": HEAD + "\n".join(_sections(command, "roundlot"))}
