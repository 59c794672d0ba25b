"""The command-line application: which commands there are, and how they fail.

A command is loaded when it is called for: ``--help`` reads the table below alone.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from roundlot import __version__, ram, signals
from roundlot.cli.output import (
    QUIET,
    UnreadError,
    complain,
    is_unread,
    put,
    say_later,
    settle,
    what_is_kept,
    what_is_said_later,
)
from roundlot.theory import errors

BAD_INPUT = 2
INTERNAL = 1
INTERRUPTED = signals.INTERRUPTED
DEBUG = "ROUNDLOT_DEBUG"

#: Every command and what the list of commands says of it; it is the function, or the group, of its
#: name in the module of its name. A new one is a new file and one line here.
COMMANDS = {
    "run": "Solve, compare, simulate and verify; write a report.",
    "train": "Train several models on many clients by several methods.",
    "sweep": "Run every combination of settings; one row each.",
    "solve": "Compute the optimal sampling probabilities, with a certificate.",
    "compare": "Compare simpler rules with the optimum: how much variance they add.",
    "simulate": "Draw rounds and measure the variance of the aggregate.",
    "verify": "Check certificate, proofs and simulated variance.",
    "check": "Check a saved certificate or proof, without a solver.",
    "audit": "Check whether a sampler does what it claims.",
    "bound": "A proved number of rounds; theorems and proofs.",
    "certify": "Prove what rounds of federated averaging reach.",
    "codesign": "Probabilities, step and local steps for a target.",
    "decide": "Find the best budget for a target.",
    "constants": "Measure the constants of bounds on a training.",
    "graph": "For workers without a server: how often to use each link.",
    "gossip": "Run a schedule of links with real processes.",
    "partition": "Split data among workers in proportion to speed.",
    "straggle": "How long to wait for slow workers.",
    "replies": "How many clients to draw so that enough reply.",
    "plot": "Draw the figures of a run again, as SVG and PDF.",
    "explore": "Write a page to explore budgets and methods.",
    "doctor": "Show versions, devices and what works.",
    "fleet": "Print a fleet, check it, or write a setup to start from.",
}
HIDDEN = ("completion",)
_LONG_WORD = re.compile(r"(\S{40})\S{160,}")  # of what somebody typed, such as 5,000 digits


class Commands(TyperGroup):
    """The commands of the table; the one that is called for takes the place of its line there."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        lines: dict[str, Any] = {
            name: TyperCommand(name, short_help=said) for name, said in COMMANDS.items()
        }
        self.commands = lines | {name: TyperCommand(name, hidden=True) for name in HIDDEN}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is meant, loaded, with what is left of the arguments."""
        name, command, left = super().resolve_command(ctx, args)
        return name, command and _loaded(str(name)), left


@cache
def _loaded(name: str) -> Any:
    """A command with its options."""
    found = getattr(import_module(f"roundlot.cli.{name}"), name)
    if isinstance(found, typer.Typer):
        group = typer.main.get_command(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, hidden=name in HIDDEN)(found)
    return typer.main.get_command(alone)


#: The typer application behind the command ``roundlot``.
app = typer.Typer(
    name="roundlot",
    cls=Commands,
    help="Optimal client sampling for federated learning.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        put(f"roundlot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
    quiet: bool = typer.Option(
        False, "--quiet", help=f"No progress bars, before or after a command; or {QUIET}=1."
    ),
) -> None:
    """Optimal client sampling for federated and distributed learning.

    Example: roundlot run --out result
    """


# Typer's own copy of click is private, so its usage errors are reached through a public child.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or 2 for bad input and for want of memory or room.

    It is 130 when interrupted, 143 when terminated and 141, silently, when whoever read the output
    has gone. Any other failure is a defect, code 1: one line says so, and ``ROUNDLOT_DEBUG=1``
    shows where.
    """
    given = sys.argv[1:] if arguments is None else arguments
    with warnings.catch_warnings(), _quiet("--quiet" in given):
        warnings.simplefilter("ignore", DeprecationWarning)  # between libraries, not for users
        warnings.showwarning = _one_line_warning
        return _call([one for one in given if one != "--quiet"])


@contextmanager
def _quiet(wanted: bool) -> Iterator[None]:
    """Quiet for this call and the processes that it starts."""
    before = os.environ.get(QUIET)
    if wanted:
        os.environ[QUIET] = "1"
    try:
        yield
    finally:
        if wanted:
            os.environ.pop(QUIET)
            os.environ.update({} if before is None else {QUIET: before})


def _call(arguments: list[str]) -> int:
    try:
        with what_is_said_later():
            code = int(_command()(_with_shell(arguments), standalone_mode=False) or 0)
            if code == INTERRUPTED:  # typer's; nothing is said but that
                raise KeyboardInterrupt
        settle()
        return code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except UnreadError:
        return signals.PIPE
    except SystemExit as left:
        return _answer_to_typer(left)
    except BaseException as error:  # a panic of Rust is no Exception
        if signals.received():
            return _interrupted()
        if os.environ.get(DEBUG):
            raise
        return _explain(error)


def _interrupted() -> int:
    return _fail(signals.ended(what_is_kept()), signals.exit_code())


def _answer_to_typer(left: SystemExit) -> int:
    """Typer takes every broken pipe for one of the output, as that of its own help is."""
    pipe = left.__context__
    if not isinstance(pipe, BrokenPipeError):
        return int(left.code or 0)
    return signals.PIPE if is_unread() else _explain(pipe)


@cache
def _command() -> Any:
    """All commands with their options; typer takes longer to make them than most errors do."""
    return typer.main.get_command(app)


def _with_shell(arguments: list[str]) -> list[str]:
    """``--show-completion zsh`` names a shell; without a name typer looks which one runs."""
    if len(arguments) == 2 and arguments[0] == "--show-completion":
        return ["completion", arguments[1]]
    return arguments


def _explain(error: BaseException) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error, file=sys.stderr)  # the help itself, for who gave no command
        return BAD_INPUT
    if isinstance(error, _UsageError):
        return _fail(f"{_usage(error)} (see --help)", BAD_INPUT)
    named = (
        errors.InvalidProblemError,
        errors.InfeasibleError,
        errors.AssumptionError,
        errors.ConvergenceError,
        errors.DrawError,
        errors.TrainingError,
    )
    if isinstance(error, named):
        return _fail(str(error), BAD_INPUT)
    if ram.is_short(error):
        return _fail(ram.told(_asked(error)), ram.SHORT)
    if isinstance(error, OSError):
        return _fail(_refused(error), BAD_INPUT)
    if isinstance(error, errors.LostProcessError):
        return _fail(str(error), INTERNAL)
    kind = type(error).__name__
    if ram.was_nearly_used_up():
        said = f"most likely, for half of what there is was in use before an error ({kind})"
        return _fail(ram.told(said), ram.SHORT)
    return _fail(f"internal error ({kind}: {error}); {DEBUG}=1 shows the traceback", INTERNAL)


def _asked(error: BaseException) -> str:
    """What asked for the memory, where it says so in a few words."""
    said = " ".join(str(error).split()).removesuffix(".")
    known = isinstance(error, MemoryError) and said
    return said if known else "the machine has no more"


def _refused(error: OSError) -> str:
    """What the system refused, in our words or in its own with the file and a remedy."""
    if error.errno is None:
        return str(error)
    named = error.filename
    if named is None and error.errno == ENOSPC:  # every file of ours is named; this is typer's help
        named = "standard output"
    place = "" if named is None else f"{named}: "
    return f"{place}{error.strerror}; check the path, its permissions and the room on its disk"


def _usage(error: Any) -> str:
    """What a wrong option or argument says, with the value that was given."""
    if type(error).__name__ == "MissingParameter":
        return _missing(error)
    text: str = error.format_message().removeprefix("Invalid value: ").removesuffix(".")
    text = (
        text.replace("(Possible options: ", "(did you mean ")
        .replace("Value error, ", "")
        .replace("Input should be", "it should be")
    )
    refused: list[dict[str, Any]] = getattr(error.__context__, "errors", list)()
    given = repr(refused[0].get("input")) if refused else ""
    return _LONG_WORD.sub(r"\1...", text if given in text else f"{text}, not {given}")


def _missing(error: Any) -> str:
    """All arguments and options that are missing; those that were given have been read before."""
    context = error.ctx
    params = [
        one for one in context.command.params if one.required and one.name not in context.params
    ]
    names = [repr(max(one.opts, key=len)) for one in params]
    if len(names) < 2:
        return str(error.format_message()).removesuffix(".")
    kinds = dict.fromkeys(f"{one.param_type_name}s" for one in params)
    return f"Missing {' and '.join(kinds)} {', '.join(names)}"


def _fail(message: str, code: int) -> int:
    complain(message)
    return code


def _one_line_warning(message: Any, *_: Any, **__: Any) -> None:
    if ram.limit() is None:
        complain(f"warning: {message}")
    else:  # what a library warns of may come of the memory that it lacks: one line says that
        say_later(f"roundlot: warning: {' '.join(str(message).split())}", error=True)
