"""Progress bars are drawn where somebody watches a terminal, and nowhere else."""

import io
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from roundlot.cli import main
from roundlot.cli.output import progress_bar

WATCHED = {"TERM": "xterm-256color"}
VARIABLES = [
    "CI",
    "FORCE_COLOR",
    "JPY_PARENT_PID",
    "NO_COLOR",
    "ROUNDLOT_QUIET",
    "TERM",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
]
SHOW = """
from roundlot.cli.output import progress_bar
with progress_bar() as show:
    show("training", 1, 2)
"""


class Screen(io.StringIO):
    """Standard error as a terminal would be."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def written(monkeypatch) -> Callable[..., str]:
    """What ``work`` writes on standard error, a terminal unless another file is given."""

    def run(work: Callable[[], object], stderr: io.StringIO | None = None, **environ: str) -> str:
        put = Screen() if stderr is None else stderr
        with monkeypatch.context() as patch:
            for name in VARIABLES:
                patch.delenv(name, raising=False)
            for name, value in (WATCHED | environ).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stderr", put)
            work()
        return put.getvalue()

    return run


def draw() -> None:
    with progress_bar() as show:
        show("training", 1, 2)


def test_a_terminal_has_bars(written) -> None:
    assert "training" in written(draw)


def test_bars_without_colour_where_colours_are_not_wanted(written) -> None:
    assert "\x1b[3" in written(draw)
    plain = written(draw, NO_COLOR="1")
    assert "training" in plain
    assert "\x1b[3" not in plain


@pytest.mark.parametrize(
    ("name", "value"),
    [("JPY_PARENT_PID", "4711"), ("CI", "true"), ("TERM", "dumb"), ("ROUNDLOT_QUIET", "1")],
)
def test_nothing_where_nobody_watches(written, name: str, value: str) -> None:
    assert written(draw, **{name: value}) == ""


def test_a_variable_that_says_no_says_no(written) -> None:
    assert "training" in written(draw, ROUNDLOT_QUIET="0", CI="false")


def test_no_terminal_no_bars(written) -> None:
    # It asks for colours, not for a terminal that redraws.
    assert written(draw, io.StringIO(), FORCE_COLOR="1") == ""


@pytest.mark.parametrize("place", [0, 1, 2])
def test_quiet_may_stand_anywhere(scores, monkeypatch, place: int) -> None:
    application, seen = sys.modules["roundlot.cli.app"], []
    monkeypatch.delenv("ROUNDLOT_QUIET", raising=False)
    monkeypatch.setattr(
        application, "_call", lambda given: seen.append((given, os.environ["ROUNDLOT_QUIET"])) or 0
    )
    words = ["verify", str(scores)]
    assert main([*words[:place], "--quiet", *words[place:]]) == 0
    assert seen == [(words, "1")]
    assert "ROUNDLOT_QUIET" not in os.environ


def test_quiet_commands_draw_no_bars(written, setup, capsys) -> None:
    command = ["bound", str(setup), "--target", "1e-2"]
    assert written(lambda: main([*command, "--quiet"])) == ""
    assert "\x1b[" in written(lambda: main(command))


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
@pytest.mark.parametrize(("jupyter", "bars"), [(False, True), (True, False)])
def test_on_a_pty_as_jupyter_gives_it(jupyter: bool, bars: bool) -> None:
    kept = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    changed = WATCHED | ({"JPY_PARENT_PID": "4711"} if jupyter else {})
    ours, theirs = os.openpty()
    try:
        subprocess.run([sys.executable, "-c", SHOW], stderr=theirs, env=kept | changed, check=True)
        os.write(theirs, b"end")  # so that there is something to read
        written = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (b"training" in written) == bars
