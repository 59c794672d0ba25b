"""Every Python block and every roundlot command shown to users runs as it stands there."""

import json
import re
import runpy
import shlex
from pathlib import Path

import pytest

from roundlot.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
# What readers of the pages on certified rounds and co-design have.
CLIENTS = {
    "certified-rounds.md": "client,weight,smoothness,probability\n"
    "ann,0.25,1,0.5\nbob,0.25,1,0.5\ncy,0.25,2,0.5\ndee,0.25,4,0.5\n",
    "codesign.md": "client,weight,smoothness\nann,0.25,1\nbob,0.25,1\ncy,0.25,2\ndee,0.25,4\n",
}


def blocks(page: Path, kind: str) -> list[str]:
    return [m["body"] for m in FENCE.finditer(page.read_text("utf-8")) if m["kind"] == kind]


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "console")).splitlines()
    return [line[2:] for line in lines if line.startswith("$ roundlot ")]


def test_readme_shows_code_and_commands() -> None:
    assert blocks(PAGES[0], "python")
    assert commands(PAGES[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(page, "python")), "utf-8")
    runpy.run_path(str(script), run_name="__main__")


def put_data_sets(folder: Path) -> None:
    """What readers of a page on LEAF or FedScale have: 30 clients, 1 to 3 samples, 2 labels."""
    counts = {f"u{i}": 1 + i % 3 for i in range(30)}
    leaf = {"users": list(counts), "num_samples": list(counts.values()), "user_data": {}}
    (folder / "all_data.json").write_text(json.dumps(leaf), "utf-8")
    rows = [
        f"{name},{k}.wav,{'yes' if k else 'no'},{min(k, 1)}"
        for name, count in counts.items()
        for k in range(count)
    ]
    (folder / "client_data_mapping").mkdir()
    place = folder / "client_data_mapping" / "train.csv"
    place.write_text("\n".join(["client_id,sample_path,label_name,label_id", *rows]), "utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores.csv").write_text(
        "client,digits,words\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n", "utf-8"
    )
    if page.name in CLIENTS:
        (tmp_path / "clients.csv").write_text(CLIENTS[page.name], "utf-8")
    put_data_sets(tmp_path)
    for command in commands(page):
        assert main(shlex.split(command)[1:]) == 0, command


def test_contributing_lists_every_room() -> None:
    rooms = (ROOT / "docs/contributing.md").read_text("utf-8").split("## The rooms\n")[1]
    table = rooms.split("\n\nWhy")[0]
    tops = [ROOT / name for name in ("theory", "solvers", "simulate", "verify", "src/roundlot")]
    made = [(top, room.parent) for top in tops for room in top.glob("**/__init__.py")]
    missing = [
        room for top, room in made if room != top and f"`{room.relative_to(top)}`" not in table
    ]
    assert not missing


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_examples_run(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
