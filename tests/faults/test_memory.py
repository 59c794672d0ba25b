"""Memory that runs short, wherever: one line on standard error, exit code 2, nothing written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roundlot import ram
from roundlot.cli import main

resource = pytest.importorskip("resource", reason="limits on memory are those of Unix")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits differ")

MIB = 2**20
LINE = "roundlot: not enough memory: "
#: How libraries end a process to which they can give no memory, and how Python and we do.
ENDS = {
    "abort": 'os.write(2, b"terminate called\\n  what(): std::bad_alloc\\n"); os.abort()',
    "segmentation fault": "os.kill(os.getpid(), signal.SIGSEGV)",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "exit": 'os.write(2, b"OpenBLAS error: Memory allocation still failed\\n"); os._exit(1)',
    "interrupt": "os.kill(os.getpid(), signal.SIGINT); time.sleep(60)",
    "error": "raise MemoryError",
    "panic": 'raise BaseException("memory allocation of 5 bytes failed")',
    "loading": "program.import_module = None; raise ImportError('x.so: failed to map segment')",
}
PROGRAM = """
import os, resource, signal, sys, time
from types import SimpleNamespace
from roundlot import __main__ as program
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
def run():
    {work}
    return {code}
program.import_module = lambda name: SimpleNamespace(main=run)
sys.exit(program.main())
"""


def ended(work: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """How a program with a limit ends whose work is this."""
    script = PROGRAM.format(work=work, code=code)
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("how", ENDS)
def test_what_a_library_does_without_memory(how: str) -> None:
    done = ended(ENDS[how])
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(LINE)
    assert done.stderr.count("\n") == 1
    assert "4096 MiB" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("code", [0, 1, 2, 141])
def test_a_program_that_has_memory_enough(code: int) -> None:
    """Its exit code, its lines and what libraries say are as they are without a limit."""
    done = ended('print("out"); print("err", file=sys.stderr); os.write(2, b"note\\n")', code)
    assert (done.returncode, done.stdout) == (code, "out\n")
    assert sorted(done.stderr.splitlines()) == (["err"] if code == 2 else ["err", "note"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_work(number: int) -> None:
    work = 'print("ready", flush=True); time.sleep(60)'
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work, code=0)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(number)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 128 + number
    assert said.count("\n") == 1
    assert "no file is left half written" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_a_library_that_never_answers(number: int) -> None:
    """As one does that asks for memory without end: no Python runs in its process."""
    spin = "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})"
    work = f'{spin}; print("ready", flush=True); time.sleep(60)'
    script = "from roundlot import signals; signals.PATIENCE = 0.5\n" + PROGRAM.format(
        work=work, code=0
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(number)
        time.sleep(0.2)
        assert running.poll() is None
        time.sleep(0.6)
        running.send_signal(number)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 128 + number
    assert said.count("\n") == 1
    assert "no file is left half written" in said


def test_a_parent_that_is_killed_takes_the_work_with_it() -> None:
    work = "print(os.getpid(), flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work, code=0)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert child != running.pid
        running.kill()
        running.stdout.read()  # ends when nobody can write any more
    assert (
        not Path(f"/proc/{child}/cmdline").exists()
        or Path(f"/proc/{child}/cmdline").read_bytes() == b""
    )


CAUSES = [
    MemoryError(),
    MemoryError("Unable to allocate 8.00 TiB for an array"),
    OSError(12, "Cannot allocate memory"),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("can't start new thread"),
    RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
    ImportError("libopenblas.so: failed to map segment from shared object"),
    ImportError("cannot allocate memory in static TLS block"),
]


@pytest.mark.parametrize("error", CAUSES, ids=str)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_errors_that_mean_it(error: Exception, depth: int, call, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            raise error
        except Exception as cause:
            if depth == 0:
                raise
            if depth == 1:
                raise ValueError("a library failed") from cause
            raise NameError("a name is not there")  # noqa: B904

    monkeypatch.setattr("roundlot.fleet.read_setup", fail)
    code, out, err = call("solve")
    assert (code, out) == (2, "")
    assert err.startswith(LINE)
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError("x"), OSError(2, "No such file"), RuntimeError()])
def test_errors_that_do_not(error: Exception) -> None:
    assert not ram.is_short(error)
    assert not ram.is_short(None)


def limited(mebibytes: int, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of which no process may have more address space than that."""
    size = mebibytes * MIB
    return subprocess.run(
        [sys.executable, "-m", "roundlot", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
    )


COMMANDS = {
    "solve": ("solve", "s.csv", "--budget", "2", "--out", "out.csv"),
    "run": ("run", "s.csv", "--budget", "2", "--rounds", "50", "--out", "out"),
    "train": ("train", "t.toml", "--out", "out"),
    "stream": ("solve", "s.parquet", "--budget", "2", "--stream", "--out", "out.parquet"),
    "sweep": ("sweep", "sweep.toml", "--workers", "0", "--out", "out"),
}
#: An extension module of a package is asked for with so much of the address space left.
LOADING = """
import resource, sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from roundlot import blas_room
ExtensionFileLoader.create_module = lambda self, spec: "loaded"
blas_room.require_room_for_blas()
size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
most = size + (int(sys.argv[2]) << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
name = sys.argv[1] + "._extension"
try:
    print(ExtensionFileLoader(name, "x.so").create_module(ModuleSpec(name, None)))
except MemoryError as error:
    print(error)
"""
#: From where Python itself starts to where every command has enough.
STEPS = (*range(24, 200, 16), *range(200, 1000, 50), *range(1000, 4000, 250))


def again(name: str, folder: Path) -> tuple[str, ...]:
    """What goes on with what an earlier try has kept."""
    if not (folder / "out").exists():
        return ()
    return ("--resume", "--retry-failed") if name == "sweep" else ("--resume",)


def require_one_line_or_success(
    done: subprocess.CompletedProcess[str], folder: Path, *, keeps: bool = False
) -> None:
    """``keeps``: what is complete stays, to go on with."""
    assert done.returncode in (0, 2), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    if done.returncode == 2:
        assert done.stderr.startswith(LINE), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        assert keeps or not list(folder.glob("out*"))
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("mebibytes", [40, 320])
def test_a_limit_is_met_while_libraries_load(tmp_path: Path, mebibytes: int) -> None:
    (tmp_path / "s.csv").write_text("client,a\nann,1.0\nbob,2.0\n", "utf-8")
    done = limited(mebibytes, tmp_path, *COMMANDS["solve"])
    assert done.returncode == 2
    require_one_line_or_success(done, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_limit(tmp_path: Path, name: str) -> None:
    import polars as pl

    (tmp_path / "s.csv").write_text("client,a\nann,1.0\nbob,2.0\ncy,3.0\n", "utf-8")
    many = {"client": [f"c{k}" for k in range(5000)], "a": [1.0 + k for k in range(5000)]}
    pl.DataFrame(many).write_parquet(tmp_path / "s.parquet")
    (tmp_path / "sweep.toml").write_text(
        '[sweep]\nsetups = ["s.csv"]\nmethods = ["optimum"]\nseeds = 1\nrounds = 50\n', "utf-8"
    )
    (tmp_path / "t.toml").write_text(
        'methods = ["random"]\n[tasks]\nkind = "quadratics"\nmodels = 1\nclients = 4\n'
        "[run]\nrounds = 2\nseeds = 1\n",
        "utf-8",
    )
    for mebibytes in STEPS:
        done = limited(mebibytes, tmp_path, *COMMANDS[name], *again(name, tmp_path))
        require_one_line_or_success(done, tmp_path, keeps=name in ("train", "sweep"))
        if done.returncode == 0:
            return
    pytest.fail("no limit was enough")


def test_the_command_line_in_a_process_of_somebody_else(tmp_path: Path, capsys) -> None:
    """Called as a function it forks nothing, whatever the limits are."""
    before = os.getpid()
    assert main(["--version"]) == 0
    assert os.getpid() == before


@pytest.mark.parametrize("package", ["numpy", "scipy"])
@pytest.mark.parametrize(("mebibytes", "is_loaded"), [(60, False), (4000, True)])
def test_a_library_that_would_ask_without_end_is_not_loaded(
    package: str, mebibytes: int, is_loaded: bool
) -> None:
    """OpenBLAS tries again for ever to get 32 MiB, so it is looked before whether they are left."""
    done = subprocess.run(
        [sys.executable, "-c", LOADING, package, str(mebibytes)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = "loaded" if is_loaded else f"left for loading {package}"
    assert said in done.stdout, done.stderr
