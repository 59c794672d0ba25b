"""``roundlot completion``: the script that teaches a shell to complete roundlot's names."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Literal

import typer

from roundlot.cli.output import say

Shell = Annotated[
    Literal["bash", "zsh", "fish", "powershell"], typer.Argument(help="The shell to teach.")
]


def completion(shell: Shell) -> None:
    """Print the completion script of a shell; --install-completion puts it in place.

    Example: roundlot completion bash > ~/.roundlot-completion
    """
    script = import_module("typer.completion").get_completion_script
    say(script(prog_name="roundlot", complete_var="_ROUNDLOT_COMPLETE", shell=shell))
