"""Shell completion: a script for every shell, cheap names where a name is wanted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from roundlot.cli import completion as completing
from roundlot.simulate.designs import DESIGNS
from roundlot.simulate.methods import METHODS

HEAVY = "{'torch', 'cvxpy', 'numba', 'sympy', 'matplotlib', 'polars'}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
@pytest.mark.parametrize("words", [["completion"], ["--show-completion"]])
def test_each_shell_gets_its_script(call, shell: str, words: list[str]) -> None:
    code, out, err = call(*words, shell)
    assert (code, err) == (0, "")
    own = {
        "bash": "complete -o default",
        "zsh": "#compdef roundlot",
        "fish": "complete --command roundlot",
        "powershell": "Register-ArgumentCompleter",
    }
    assert own[shell] in out
    assert [name for name, mark in own.items() if mark in out] == [shell]


def test_unknown_shell(call) -> None:
    code, _, err = call("completion", "tcsh")
    assert code == 2
    assert "tcsh" in err


def complete(line: str, folder: Path) -> list[str]:
    """What bash would be offered at the end of ``line``, from a process of its own."""
    script = (
        "import sys\n"
        "from roundlot.cli.app import app\n"
        "try:\n    app(prog_name='roundlot')\n"
        f"finally:\n    assert not {HEAVY} & set(sys.modules), {HEAVY} & set(sys.modules)\n"
    )
    words = line.split(" ")
    asked = {
        "_ROUNDLOT_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | asked,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    return done.stdout.split("\n")


def test_bash_is_offered_names_and_nothing_heavy_loads(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("", "utf-8")
    assert "doctor" in complete("roundlot d", tmp_path)
    assert "random,gvr" in complete("roundlot train --methods random,g", tmp_path)
    assert {"sampford", "systematic"} <= set(complete("roundlot verify --design s", tmp_path))
    assert {"digits", "mine.toml"} <= set(complete("roundlot train ", tmp_path))


def test_names_are_those_that_the_commands_take() -> None:
    assert completing.designs("") == [kind.name for kind in DESIGNS]
    assert completing.methods("") == list(METHODS)
    assert completing.methods("gvr,ra") == ["gvr,random"]
    assert "gvr,gvr" not in completing.methods("gvr,")
    assert completing.approximations("opt") == ["optimum"]
    assert "constant_step" in completing.theorems("const")


def test_files_are_those_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    for name in ("a.csv", "b.txt", ".hidden.csv", "inner/c.npy"):
        (tmp_path / name).write_text("", "utf-8")
    assert completing.sources("") == ["speech-commands", "a.csv", "inner/"]
    assert completing.sources("inner/") == ["inner/c.npy"]
    assert completing.sources("nowhere/") == []
