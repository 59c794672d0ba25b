"""SIGINT, SIGTERM and SIGHUP: one line, a shell's exit code, nothing half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals differ")

SAID = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "the terminal has gone",
}
NOTHING = "no file is left half written"

# The program with work of its own: `work` is the body of what the command line would do.
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from types import SimpleNamespace
from roundlot import __main__ as program, files, signals
from roundlot.cli.app import _interrupted
from roundlot.folders import atomic

def ready():
    print("ready", flush=True)

def run():
    try:
        work()
    except BaseException:
        if signals.received():
            return _interrupted()
        raise
    return 0

{work}
if {loading!r}:
    program.import_module = lambda name: work()
else:
    program.import_module = lambda name: SimpleNamespace(main=run)
sys.exit(program.main())
"""
WAITING = """
def work():
    with files.replaced_file("new.csv") as part, atomic.replaced_folder("folder") as inner:
        part.write_text("half")
        (inner / "half.txt").write_text("half")
        ready()
        time.sleep(60)
"""
SWALLOWED = """
class Deaf:
    def __del__(self):
        ready()
        time.sleep(0.5)

def work():
    Deaf()
    time.sleep(20)
"""
TRANSLATED = """
def work():
    try:
        ready()
        time.sleep(60)
    except KeyboardInterrupt:
        raise ImportError("numpy could not be loaded")
"""
EXECUTED = """
def work():
    exec("ready()\\ntime.sleep(60)")
"""
CLEANING = """
def work():
    with atomic.replaced_folder("folder") as inner:
        (inner / "run.json").write_text('{"schema": "roundlot.run/1"}')
    remove = atomic.shutil.rmtree
    def slowly(*given, **named):
        ready()
        time.sleep(0.5)
        remove(*given, **named)
    atomic.shutil.rmtree = slowly
    with atomic.replaced_folder("folder", overwrite=True) as inner:
        (inner / "run.json").write_text('{"schema": "roundlot.run/2"}')
    time.sleep(60)
"""


def stopped(folder: Path, work: str, number: int, *, loading: bool = False) -> tuple[int, str]:
    """How a program ends that gets a signal when it says that it is ready."""
    heard = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"  # ignored under nohup
    script = heard + PROGRAM.format(work=work, loading=loading)
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        said = running.communicate(timeout=60)[1]
    return running.returncode, said


@pytest.mark.parametrize("number", SAID)
@pytest.mark.parametrize("loading", [False, True])
def test_one_line_and_a_shells_exit_code(tmp_path: Path, number: int, loading: bool) -> None:
    work = "def work():\n    ready()\n    time.sleep(60)" if loading else WAITING
    code, said = stopped(tmp_path, work, number, loading=loading)
    assert said == f"roundlot: {SAID[signal.Signals(number)]}; {NOTHING}\n"
    assert code == 128 + number
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("work", [SWALLOWED, TRANSLATED, EXECUTED])
def test_a_signal_that_a_library_swallows_or_translates(tmp_path: Path, work: str) -> None:
    code, said = stopped(tmp_path, work, signal.SIGTERM)
    assert (code, said) == (143, f"roundlot: terminated; {NOTHING}\n")


def test_removing_what_was_replaced_is_not_cut_in_two(tmp_path: Path) -> None:
    code, said = stopped(tmp_path, CLEANING, signal.SIGTERM)
    assert (code, said) == (143, f"roundlot: terminated; {NOTHING}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "run.json").read_text("utf-8").endswith('run/2"}')


def test_a_signal_that_our_caller_ignores_is_ignored(tmp_path: Path) -> None:
    """As of ``nohup``, and of jobs that a script puts into the background."""
    work = "def work():\n    os.kill(os.getpid(), signal.SIGINT)\n    os.kill(os.getpid(), 1)"
    script = "import signal\nsignal.signal(2, signal.SIG_IGN)\nsignal.signal(1, signal.SIG_IGN)\n"
    done = subprocess.run(
        [sys.executable, "-c", script + PROGRAM.format(work=work, loading=False)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_who_imports_roundlot_keeps_the_signals() -> None:
    script = (
        "import signal, sys\n"
        "before = [signal.getsignal(n) for n in (1, 2, 15)], sys.unraisablehook\n"
        "from roundlot.cli import main\n"
        "main(['--version'])\n"
        "assert before == ([signal.getsignal(n) for n in (1, 2, 15)], sys.unraisablehook)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
