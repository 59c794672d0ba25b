"""Which command reads a setup, by what no other kind of setup has: for whoever gives it another."""

from __future__ import annotations

from collections.abc import Mapping

#: Sections and keys at the top that one kind of setup alone has, by the command that reads it.
OWN: Mapping[str, tuple[str, ...]] = {
    "roundlot run": (
        "fleet",
        "problem",
        "scores",
        "train",
        "simulate",
        "verify",
        "bound",
        "plan",
        "straggle",
    ),
    "roundlot train": (
        "tasks",
        "federation",
        "local",
        "server",
        "privacy",
        "stop_early",
        "workers",
        "run",
        "methods",
        "full",
        "steps",
        "theory",
    ),
    "roundlot sweep": ("sweep", "set", "vary"),
    "roundlot graph": ("graph", "links", "training"),
}


def command_of(name: str) -> str:
    """The command whose setups alone have this section or key; empty if there is none."""
    return next((command for command, names in OWN.items() if name in names), "")
