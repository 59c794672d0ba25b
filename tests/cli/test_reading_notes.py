"""Commands say which models they read, who is offline, what they left out; --models chooses."""

import json
from pathlib import Path

import pytest

from roundlot.cli import main

TABLE = "client,a,b\nann,1,2\nbob,,\ncy,3,1\ncy,3,1\n"


@pytest.fixture
def place(tmp_path: Path) -> str:
    (tmp_path / "scores.csv").write_text(TABLE)
    return str(tmp_path / "scores.csv")


def test_models_and_offline_clients_are_said_beside_the_answer(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", place, "--budget", "1", "--json"]) == 0
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert answer["clients"] == ["ann", "bob", "cy", "cy"]  # a name a row
    assert answer["probabilities"][1] == [0, 0]
    assert shown.err.splitlines() == [
        "note: 1 client is offline for every model and stays with probability 0: 'bob'",
        "note: 1 client with several rows, a processor each: 'cy'",
    ]


@pytest.mark.parametrize("command", ["solve", "compare", "simulate"])
def test_chosen_models_are_read_alone(
    place: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, place, "--budget", "1", "--models", "b"]) == 0
    assert "note: models: b\n" in capsys.readouterr().out
    assert main([command, place, "--budget", "1", "--models", "b,d"]) == 2
    assert capsys.readouterr().err == (
        f"roundlot: score table {place} has no model 'd'; valid: a, b\n"
    )


def test_a_reader_who_chose_no_columns_is_told_so(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", place, "--budget", "1"]) == 0
    said = "note: models: a, b (every column of numbers; --models names those that are)\n"
    assert said in capsys.readouterr().out


def test_a_bare_data_set_is_told_what_it_lacks_by_its_own_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "leaf.json"
    place.write_text('{"users": ["u", "v"], "num_samples": [2, 1]}')
    for command in ("solve", "compare", "bound"):
        assert main([command, str(place)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"roundlot fleet new leaf.toml --from {place}" in said
        assert "fleet.labels" not in said


def test_a_bare_table_is_told_where_its_constants_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "s.tsv"
    place.write_text(TABLE.replace(",", "\t"))
    assert main(["bound", str(place)]) == 2
    assert f"`roundlot fleet new s.toml --from {place}` writes" in capsys.readouterr().err


def test_a_check_counts(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "check", place, "--models", "b"]) == 0
    first, *notes = capsys.readouterr().out.splitlines()
    assert first == (
        "3 clients, 4 processors, 1 model (b), 3 available pairs; "
        "1 offline, 0 left out, 1 doubled, 1 column ignored"
    )
    assert "note: column that was left out: 'a'" in notes
    assert main(["fleet", "check", place, "--json"]) == 0
    reading = json.loads(capsys.readouterr().out)["reading"]
    assert reading["offline"] == ["bob"]
    assert reading["doubled"] == ["cy"]
    assert main(["fleet", "show", place]) == 0
    assert "1 offline, 0 left out, 1 doubled" in capsys.readouterr().out


def test_a_model_with_a_comma_is_quoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text('client,"a,b",c\nx,1,2\n')
    place = str(tmp_path / "t.csv")
    assert main(["solve", place, "--budget", "1", "--models", '"a,b"']) == 0
    assert "models: a,b\n" in capsys.readouterr().out


def test_simulated_rounds_fit_80_columns(call, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "t.csv"
    path.write_text("client,a\nann,1\nbob,2\n", "utf-8")
    code, text, error = call("simulate", path, "--budget", 1, "--rounds", 100)
    assert code == 0, error
    assert max(map(len, text.splitlines())) <= 80
    assert "no room for: device" in text
