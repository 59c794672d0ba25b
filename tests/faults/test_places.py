"""Places that are no files, cannot be locked or cannot be written; libraries without a home."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from roundlot import keeping
from roundlot.folders.growing import GrowingFolder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="places of Unix")


def growing(path: Path) -> GrowingFolder:
    return GrowingFolder(
        path=path,
        noun="job",
        verb="works",
        head_name="x",
        formats=("x/1",),
        started=lambda _: False,
    )


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.EWOULDBLOCK, FileExistsError, "another process works into .*job now"),
        (errno.ENOLCK, OSError, r"cannot lock .*job: No locks available; choose a folder"),
    ],
)
def test_a_folder_without_locks_is_not_taken_for_one_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type, words: str
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(kind, match=words), growing(tmp_path / "job").owned(resume=True):
        pass


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(keeping.atexit, "register", lambda *_: None)
    return monkeypatch


@pytest.mark.parametrize("home", ["/dev/null/home", None])
def test_libraries_get_a_place_where_they_have_none(environment, tmp_path, home) -> None:
    environment.setenv("HOME", home or str(tmp_path))
    environment.setattr(keeping, "_HERE", Path("/dev/null/installation"))
    keeping.give_libraries_a_place()
    given = {os.environ[name] for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR")}
    if home is None:
        assert given == {""}
        return
    (folder,) = given
    assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700  # what is kept there is run again
    keeping._remove(folder, os.getpid() + 1)
    assert Path(folder).is_dir()
    keeping._remove(folder, os.getpid())
    assert not Path(folder).exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs two accounts")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_another_account_on_a_read_only_installation_without_a_home() -> None:
    """All of a run as somebody who may write nothing but the place of the result."""
    import roundlot

    # Not below pytest's own folder: another run of pytest closes that for other accounts.
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        installed = place / "installed"
        shutil.copytree(
            Path(roundlot.__file__).parent,
            installed / "roundlot",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        out = place / "out"
        out.mkdir(mode=0o777)
        out.chmod(0o777)
        (out / "s.csv").write_text("client,a\nann,1.0\nbob,2.0\n", "utf-8")
        somebody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        command = ("run", "s.csv", "--budget", "1", "--rounds", "50", "--out", "result")
        program = (*somebody, sys.executable)
        # And without the command line, which gives libraries a place: nothing compiled is kept.
        lines = (
            "import roundlot",
            "solved = roundlot.solve(roundlot.Problem([[1.0, 2.0]], budget=1.0))",
            "print(solved.probabilities.sum())",
        )
        for words in (
            ("-m", "roundlot", "--quiet", *command),
            ("-c", "\n".join(lines)),
        ):
            done = subprocess.run(
                [*program, *words],
                cwd=out,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(installed),
                    "HOME": "/dev/null/home",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
        assert float(done.stdout) == pytest.approx(1.0)
        assert (out / "result" / "index.html").exists()
