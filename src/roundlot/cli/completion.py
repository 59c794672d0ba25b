"""What the shell proposes after Tab, and the script that teaches it to ask.

Names only, from where the commands take them. Their rooms load when Tab asks, not with the command
line: a certificate is judged where no solver can be loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

import roundlot
from roundlot import theory
from roundlot.cli.output import say
from roundlot.fleet.sections import DESIGN_NAMES, TABLES
from roundlot.setup.document import shipped_setups

Propose = Callable[[str], list[str]]


def words(*known: str) -> Propose:
    """Proposes those of ``known`` that begin as typed."""

    def propose(incomplete: str) -> list[str]:
        return beginning(incomplete, known)

    return propose


def beginning(incomplete: str, known: Iterable[str]) -> list[str]:
    """Those of ``known`` that begin with ``incomplete``, in their order."""
    return [name for name in known if name.startswith(incomplete)]


def designs(incomplete: str) -> list[str]:
    """Names for ``--design``."""
    return beginning(incomplete, DESIGN_NAMES)


def approximations(incomplete: str) -> list[str]:
    """Names for ``simulate --method``."""
    cheap = (one.name for one in roundlot.solvers.APPROXIMATIONS)
    return beginning(incomplete, ("optimum", "all", *cheap))


def methods(incomplete: str) -> list[str]:
    """Names for ``train --methods``: the one after the last comma, with what stands before it."""
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    left = (name for name in roundlot.simulate.METHODS if name not in taken)
    return [f"{before}{comma}{name}" for name in beginning(last, left)]


def training_setups(incomplete: str) -> list[str]:
    """Names of the shipped setups, and TOML files."""
    return [*beginning(incomplete, shipped_setups()), *_files(incomplete, (".toml",))]


def sweep_setups(incomplete: str) -> list[str]:
    """TOML files."""
    return _files(incomplete, (".toml",))


def theorems(incomplete: str) -> list[str]:
    """Names of theorems."""
    return beginning(incomplete, (theorem.name for theorem in theory.CATALOGUE))


def sources(incomplete: str) -> list[str]:
    """The shipped fleet, setups and tables of scores, and folders on the way to them."""
    files = _files(incomplete, (".toml", *TABLES))
    return [*beginning(incomplete, (roundlot.fleet.SHIPPED,)), *files]


def _files(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    folder, slash, name = incomplete.rpartition("/")
    place = Path((folder + slash) or ".")
    try:
        inside = sorted(place.iterdir())
    except OSError:
        return []
    shown = (one for one in inside if one.name.startswith(name) and one.name[0] != ".")
    return [
        f"{folder}{slash}{one.name}{'/' if one.is_dir() else ''}"
        for one in shown
        if one.is_dir() or one.suffix.lower() in suffixes
    ]


Shell = Annotated[
    Literal["bash", "zsh", "fish", "powershell"], typer.Argument(help="The shell to teach.")
]


def completion(shell: Shell) -> None:
    """Print the completion script of a shell; --install-completion puts it in place.

    Example: roundlot completion bash > ~/.roundlot-completion
    """
    script = import_module("typer.completion").get_completion_script
    names = {"prog_name": "roundlot", "complete_var": "_ROUNDLOT_COMPLETE"}
    say(script(**names, shell=shell), whole=True)  # a shell's name; none is run # nosec B604
