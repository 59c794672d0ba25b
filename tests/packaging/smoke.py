"""Run by the Python of a fresh installation, outside the repository: does what was shipped work?

Prints one line a step, and fails at the first that does not.
"""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import roundlot as rl

FLEET = """
name = "small"
[fleet]
source = "speech-commands"
first_clients = 40
[problem]
budget = 8.0
[train]
warmup_rounds = 1
local_epochs = 1
features = 4
[simulate]
rounds = 200
"""


def command(*words: str) -> str:
    """What ``roundlot`` prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "roundlot", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"roundlot {' '.join(words)}: {done.stderr}"
    return done.stdout


def main(repository: str) -> None:
    """All steps, in the folder where it stands."""
    home = Path(rl.__file__).resolve()
    assert Path(repository).resolve() not in home.parents, f"roundlot comes from {home}"
    assert (home.parent / "py.typed").is_file()
    assert version("roundlot") == rl.__version__
    print("installed", home.parent.name, rl.__version__)

    problem = rl.Problem([[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]], budget=2)
    rl.solve(problem).certificate.verify()
    assert rl.compare(problem).rows[0].name == "optimum"
    print("solve and compare work")

    assert json.loads(command("doctor", "--json"))["problems"] == []
    print("doctor finds nothing missing")

    Path("scores.csv").write_text("client,a,b\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\n", "utf-8")
    command("solve", "scores.csv", "--budget", "2", "--out", "p.csv")
    assert Path("p.csv").read_text("utf-8").startswith("client,a,b\n")
    command("fleet", "new", "mine.toml")
    assert "valid" in command("fleet", "check", "mine.toml")
    assert "partial_participation" in command("bound", "--list")
    print("tables, setups and theorems work")

    Path("small.toml").write_text(FLEET, "utf-8")
    command("run", "small.toml", "--out", "result")
    page = Path("result/index.html").read_text("utf-8")
    assert "</html>" in page
    assert "<svg" in page
    print("the main job writes its page")

    words = ("--methods", "random,gvr", "--rounds", "2", "--seeds", "1", "--out", "trained")
    command("train", "digits", *words)
    assert "</html>" in Path("trained/index.html").read_text("utf-8")
    print("training writes its page")


if __name__ == "__main__":
    main(sys.argv[1])
