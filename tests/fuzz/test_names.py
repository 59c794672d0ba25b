"""Names in every script, and names that mean harm, through every command that shows or writes."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.cli import main
from roundlot.fleet.scores import read_scores, write_scores
from roundlot.theory.spreadsheets import marked, marked_frame, unmarked
from roundlot.user_text import file_name, printable

HARM = ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "../../escape"]
HARM += ["-->]]><x>", "{{ 7 * 7 }}", "$x^2$ & %_#~", "a" * 300, "=cmd()|'x'!A1"]
HARM += ["@SUM(1)", "'=1+1"]
HIDDEN = ["\u202egnirts", "\x1b[31mred", "bell\x07", "line\u2028two", "\u2066isolated"]
SCRIPTS = ["مزارع", "חקלאי", "农民", "農民", "कर्षक", "เกษตรกร", "👩\u200d🌾 farm", "Ünïcødé"]
ALIKE = ["Farm", "farm", "caf\u00e9", "cafe\u0301", "ﬁeld", "field"]
NAMES = [*HARM, *SCRIPTS, *(name for name in ALIKE if name != "cafe\u0301")]
OBEYED = {"\u202e", "\x1b", "\x07", "\u2028", "\u2066"}


@pytest.fixture
def inner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in; nothing may appear beside it."""
    place = tmp_path / "inner"
    place.mkdir()
    monkeypatch.chdir(place)
    yield place
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command prints; no terminal is told to do anything by it."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert code == 0, err
    assert not OBEYED & set(out + err)
    return out


def check_files(folder: Path) -> None:
    """Pages that run nothing and turn nothing round, pictures and records that parse."""
    assert any(folder.rglob("*"))
    for path in folder.rglob("*"):
        assert folder in path.resolve().parents
        if path.suffix == ".svg":
            ET.parse(path)
        elif path.suffix == ".json":
            json.loads(path.read_text("utf-8"))
        elif path.suffix == ".html":
            page = path.read_text("utf-8")
            assert page.count("<script") == (2 if path.name == "explore.html" else 0)  # its own
            assert page.count("</script") == page.count("<script")
            assert "<img" not in page
            assert "{{" not in page or "{{ 7 * 7 }}" in page
            assert not OBEYED & set(page)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_tables_give_every_name_back(tmp_path: Path, ending: str) -> None:
    values = np.random.default_rng(0).uniform(0.5, 2.0, (len(NAMES), len(NAMES)))
    place = write_scores(tmp_path / f"s{ending}", values, models=NAMES, clients=NAMES)
    found = read_scores(place)
    assert (list(found.clients), list(found.models)) == (NAMES, NAMES)
    assert (found.values == values).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_solve(inner: Path, capsys, ending: str) -> None:
    values = np.random.default_rng(0).uniform(0.5, 2.0, (len(NAMES), 3))
    write_scores(f"s{ending}", values, models=[*HARM[:2], HARM[7]], clients=NAMES)
    out = run(capsys, "solve", f"s{ending}", "--budget", 3, "--out", f"p{ending}", "--json")
    assert json.loads(out)["clients"] == NAMES
    assert list(read_scores(f"p{ending}").clients) == NAMES
    run(capsys, "compare", f"s{ending}", "--budget", 3)


@pytest.mark.slow
def test_run(inner: Path, capsys) -> None:
    values = np.random.default_rng(0).uniform(0.5, 2.0, (len(NAMES), 4))
    models = [HARM[0], HARM[2], HARM[7], SCRIPTS[6]]
    write_scores("s.csv", values, models=models, clients=NAMES)
    run(capsys, "run", "s.csv", "--budget", 4, "--rounds", 100, "--out", "result")
    check_files(inner / "result")
    page = (inner / "result" / "index.html").read_text("utf-8")
    assert "&lt;/script&gt;" in page
    for path in (inner / "result" / "tables").glob("*.csv"):
        table = pl.read_csv(path, infer_schema=False)
        beside = pl.read_parquet(path.with_suffix(".parquet"))
        for column in {"client", "model"} & set(table.columns):
            names = table[column].to_list()
            assert not [name for name in names if name[0] in "=@"]
            assert set(map(unmarked, names)) <= {*NAMES, *models}
            assert list(map(unmarked, names)) == beside[column].to_list()
    run(capsys, "plot", "result", "--out", "figures")
    check_files(inner / "figures")


TRAIN = """
name = {name}
about = {about}
methods = [{methods}]
[tasks]
kind = "quadratics"
{models}
[{who}]
{crew}
[run]
rounds = 2
seeds = 1
"""


@pytest.mark.slow
@pytest.mark.parametrize("who", ["federation", "workers"])
def test_train(inner: Path, capsys, who: str) -> None:
    names = [HARM[0], HARM[2], "a" * 300, *SCRIPTS[:4], *ALIKE[2:4]]
    method = "random" if who == "federation" else "local-sgd"
    text = TRAIN.format(
        name=json.dumps(HARM[1]),
        about=json.dumps(HARM[0]),
        methods=", ".join(f'{{method = "{method}", name = {json.dumps(n)}}}' for n in names),
        models="models = 2\nclients = 4" if who == "federation" else "",
        who=who,
        crew="" if who == "federation" else "count = 4",
    )
    (inner / "t.toml").write_text(text, "utf-8")
    run(capsys, "train", "t.toml", "--out", "result")
    check_files(inner / "result")
    assert len(list((inner / "result" / "runs").glob("*.npz"))) == len(names)
    table = pl.read_csv(inner / "result" / "tables" / "summary.csv")
    assert table["method"].to_list() == names
    run(capsys, "train", "t.toml", "--out", "result", "--resume")


def test_graph(inner: Path, capsys) -> None:
    nodes = NAMES
    with Path("links.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["from", "to"])
        ends = [marked(name) for name in nodes]
        writer.writerows(zip(ends, ends[1:] + ends[:1], strict=True))
    run(capsys, "graph", "links.csv", "--out", "result")
    check_files(inner / "result")
    with (inner / "result" / "p.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ends = {row["from"] for row in rows} | {row["to"] for row in rows}
    assert set(map(unmarked, ends)) == set(nodes)


def test_partition(inner: Path, capsys) -> None:
    kinds = NAMES * 3
    frame = pl.DataFrame({"a": np.random.default_rng(0).normal(size=len(kinds)), "label": kinds})
    frame.write_parquet("points.parquet")
    words = ("--speeds", "2,1", "--out", "owner.csv", "--figures", "figures")
    run(capsys, "partition", "points.parquet", *words)
    check_files(inner / "figures")
    out = run(capsys, "partition", "points.parquet", "--speeds", "2,1", "--json")
    assert set(json.loads(out)["classes"]) == set(NAMES)


@pytest.mark.slow
def test_straggle(inner: Path, capsys) -> None:
    rows = [{"client": name, "processors": 1, "speed": k + 1.0} for k, name in enumerate(NAMES)]
    marked_frame(pl.DataFrame(rows)).write_csv("clients.csv")
    samples = pl.DataFrame({"client": NAMES, "digits": [10] * len(NAMES)})
    marked_frame(samples).write_csv("samples.csv")
    (inner / "d.toml").write_text(
        '[fleet]\nsource = "tables"\nclients = "clients.csv"\nsamples = "samples.csv"\n'
        '[problem]\nbudget = 2.0\n[scores]\nsource = "norms"\npath = "samples.csv"\n',
        "utf-8",
    )
    words = ("--workers", len(NAMES), "--batch", 64, "--unit", 2, "--rounds", 400)
    run(capsys, "straggle", "d.toml", *words, "--time-limit", 1, "--out", "result")
    check_files(inner / "result")
    record = json.loads((inner / "result" / "run.json").read_text("utf-8"))
    assert set(record["workers"]["names"]) == set(NAMES)


def test_methods_of_one_file_are_refused_and_others_keep_their_own(capsys, inner: Path) -> None:
    files = [file_name(name) for name in [*SCRIPTS, *ALIKE[2:4], *HARM]]
    assert len(set(files)) == len(files)
    assert max(map(len, files)) < 80
    text = TRAIN.format(
        name='"t"',
        about='""',
        methods=", ".join(f'{{method = "random", name = "{name}"}}' for name in ALIKE[:2]),
        models="models = 2\nclients = 4",
        who="federation",
        crew="",
    )
    (inner / "t.toml").write_text(text, "utf-8")
    assert main(["train", "t.toml", "--out", "result"]) == 2
    assert "rename one of them" in capsys.readouterr().err
    assert not (inner / "result").exists()


def test_what_terminals_obey_is_made_visible() -> None:
    assert not OBEYED & set(printable("".join([*NAMES, *HIDDEN])))
    assert printable("".join(SCRIPTS) + "\n\t") == "".join(SCRIPTS) + "\n\t"
