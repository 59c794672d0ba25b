"""The commands that a page names are run in turn; what is done already is kept."""

from __future__ import annotations

import json
import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

WRITTEN = "build/papers"  # where the page's commands write
TIMES = "minutes.json"  # CPU minutes of every training so far, in the folder of all


class Training(NamedTuple):
    """One command of the page: the name of its folder, and what comes after ``roundlot``."""

    name: str
    arguments: tuple[str, ...]


def trainings(page: str, mark: str) -> tuple[Training, ...]:
    """The ``roundlot train`` commands between ``<!-- mark -->`` and the next ``<!-- end -->``.

    Raises:
        ValueError: no such mark, or a command that writes elsewhere than into ``build/papers``.
    """
    part = re.search(f"<!-- {re.escape(mark)} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    if part is None:
        raise ValueError(f"the page has no mark <!-- {mark} --> with an end")
    lines = part[1].replace("\\\n", " ").splitlines()
    found = [shlex.split(line) for line in lines if line.startswith("roundlot train ")]
    return tuple(Training(_folder(words), tuple(words[1:])) for words in found)


def _folder(words: list[str]) -> str:
    place = words[words.index("--out") + 1] if "--out" in words[:-1] else ""
    if not re.fullmatch(f"{WRITTEN}/[a-z-]+", place):
        raise ValueError(f"{shlex.join(words)} writes into {place!r}; give --out {WRITTEN}/NAME")
    return place.removeprefix(f"{WRITTEN}/")


def shrunk(training: Training, rounds: int | None, seeds: int | None) -> Training:
    """The same command with other numbers of rounds and seeds, to try what it does."""
    words = list(training.arguments)
    for name, value in (("--rounds", rounds), ("--seeds", seeds)):
        if value is not None and name in words:
            words[words.index(name) + 1] = str(value)
        elif value is not None:
            words += [name, str(value)]
    return Training(training.name, tuple(words))


def run(training: Training, folder: Path) -> None:
    """Train into ``folder/name``, going on with what is there; adds to the minutes it has taken.

    Raises:
        CalledProcessError: it failed, and has said why.
    """
    out = folder / training.name
    arguments = [
        str(out) if word.startswith(f"{WRITTEN}/") else word for word in training.arguments
    ]
    resumed = ["--resume"] if (out / "setup.json").exists() else []
    folder.mkdir(parents=True, exist_ok=True)
    print(f"roundlot {shlex.join([*arguments, *resumed])}", flush=True)
    before = _used()
    try:
        subprocess.run([sys.executable, "-m", "roundlot", *arguments, *resumed], check=True)
    finally:
        known = minutes(folder)
        known[training.name] = known.get(training.name, 0.0) + (_used() - before) / 60.0
        (folder / TIMES).write_text(json.dumps(known, indent=1) + "\n", "utf-8")


def minutes(folder: Path) -> dict[str, float]:
    """CPU minutes of every training in the folder, over all the calls it took."""
    path = folder / TIMES
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _used() -> float:
    """Seconds that processes started here, and ended, have computed."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
