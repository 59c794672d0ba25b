"""``roundlot straggle``: tables, figures, JSON, and refusals that name the remedy."""

import csv
import json
import re
from pathlib import Path

import pytest

CLIENTS = "client,processors,speed,link\nann,1,10,4\nbob,1,5,4\ncy,1,1,2\ndee,1,8,4\n"
SAMPLES = "client,digits\nann,10\nbob,10\ncy,10\ndee,10\n"
QUICK = ("--workers", 4, "--batch", 32, "--unit", 2, "--rounds", 4000, "--time-limit", 5)


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    (tmp_path / "clients.csv").write_text(CLIENTS)
    (tmp_path / "samples.csv").write_text(SAMPLES)
    (tmp_path / "norms.csv").write_text(SAMPLES)
    path = tmp_path / "devices.toml"
    path.write_text(
        '[fleet]\nsource = "tables"\nclients = "clients.csv"\nsamples = "samples.csv"\n'
        '[problem]\nbudget = 2.0\n[scores]\nsource = "norms"\npath = "norms.csv"\n'
    )
    return path


def test_help_shows_an_example(call) -> None:
    code, out, _ = call("straggle", "--help")
    assert code == 0
    assert "Example: roundlot straggle" in out


def test_text_files_and_json_agree(call, devices, tmp_path) -> None:
    out = tmp_path / "found"
    code, text, error = call("straggle", devices, "--out", out, *QUICK)
    assert code == 0, error
    names = {path.name for path in out.iterdir()}
    figures = {
        f"{name}.{kind}"
        for name in ("deadlines", "finish", "loss", "rounds")
        for kind in ("svg", "pdf")
    }
    assert names == figures | {"rules.csv", "splits.csv", "run.json", "index.html"}
    code, printed, error = call("straggle", devices, "--out", out, "--overwrite", *QUICK, "--json")
    assert code == 0, error
    record = json.loads(printed)
    assert len(record["rows"]) == 12
    assert {row["rule"] for row in record["rows"]} == {"deadline", "fastest worker", "full wait"}
    with (out / "rules.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["mean_inverse"]) for row in rows] == [
        row["mean_inverse"] for row in record["rows"]
    ]
    assert f"{record['rows'][8]['relative']:.3f}" in text
    assert not [v for v in record["verdicts"] if v["outcome"] == "refuted"]
    lines = [line.strip() for line in text.splitlines()]
    for verdict in record["verdicts"]:
        told = [line for line in lines if line.startswith(f"{verdict['claim']}  ")]
        assert len(told) == (verdict["outcome"] == "inconclusive")
    assert not re.search(r"\bN\b", text)  # samples in the table, mini-batches in verdicts
    heading = next(line for line in lines if line.startswith("rule"))
    assert {"samples", "1/samples"} <= set(heading.split())
    claims = {verdict["claim"]: verdict["expected"] for verdict in record["verdicts"]}
    for row in record["rows"]:
        assert claims[f"{row['rule']}, mini-batches per round"] == row["units"]
        assert claims[f"{row['rule']}, 1/mini-batches"] == row["mean_inverse"]
        told = next(line for line in lines if re.match(f"{row['rule']} +{row['estimator']} ", line))
        assert {f"{2 * row['units']:.4g}", f"{row['mean_inverse'] / 2:.4g}"} <= set(told.split())
    assert record["best_deadline"]["relative_to_full_wait"] < 0.8
    assert record["workers"]["names"] == ["cy", "bob", "dee", "ann"]


@pytest.mark.parametrize("model", ["pareto", "empirical"])
def test_every_model_works(call, devices, tmp_path, model: str) -> None:
    more = ("--model", model, "--per", "step", "--topology", "matcha", "--split", "proportional")
    code, text, error = call("straggle", devices, "--out", tmp_path / model, *QUICK, *more)
    assert code == 0, error
    assert "best deadline" in text
    assert "matcha" in text


def test_bad_input_is_refused_with_the_remedy(call, devices, scores, tmp_path) -> None:
    for arguments, match in (
        ((scores, "--workers", 4), "no speeds"),
        ((devices, "--workers", 9), "4 devices"),
        ((devices, *QUICK, "--deadline", "soon"), "give seconds, or auto"),
        ((devices, *QUICK, "--deadline", "-1"), "deadline is -1"),
        ((devices, *QUICK, "--deadline", "1e-3", "--model", "shifted"), "before anybody finishes"),
        ((devices, *QUICK, "--unit", 3), "whole number of mini-batches"),
        ((devices, "--workers", 4, "--batch", 8, "--unit", 4), "do not go round"),
        ((devices, *QUICK, "--model", "pareto", "--shape", "0.9"), "mean time is infinite"),
        ((devices, *QUICK, "--target", "2"), "target is 2"),
        ((devices, *QUICK, "--shape", "2"), "a shape is given and exponential times have none"),
        ((devices, *QUICK, "--slow-factor", "3"), "without slow_begin and slow_end"),
        ((devices, *QUICK, "--slow-start", "fast"), "no worker becomes slow"),
        ((devices, *QUICK, "--shock", "0.1"), "shock is given without shock_factor"),
        (
            (devices, *QUICK, "--shock", "0.1", "--shock-factor", "2", "--per", "mini-batch"),
            "last for a step",
        ),
    ):
        code, _, error = call("straggle", *arguments, "--out", tmp_path / "none")
        assert code == 2, match
        assert match in error
        assert error.count("\n") == 1
        assert not (tmp_path / "none").exists()


def test_a_speed_of_zero_is_refused(call, devices, tmp_path) -> None:
    (tmp_path / "clients.csv").write_text(CLIENTS.replace("cy,1,1,", "cy,1,0,"))
    code, _, error = call("straggle", devices, "--out", tmp_path / "none", *QUICK)
    assert code == 2
    assert "cy" in error


def test_a_worker_cut_off_by_the_deadline_is_said(call, devices, tmp_path) -> None:
    more = ("--model", "deterministic", "--deadline", "0.5")
    code, text, error = call("straggle", devices, "--out", tmp_path / "cut", *QUICK, *more)
    assert code == 0, error
    assert "never finishes a unit" in text
    assert "never" in text


def test_slow_spells_and_shocks_are_exact_and_drawn(call, devices, tmp_path) -> None:
    more = ("--slow-factor", 5, "--slow-begin", 0.05, "--slow-end", 0.2, "--slow-start", "fast")
    shocks = ("--shock", 0.1, "--shock-factor", 2)
    code, text, error = call("straggle", devices, "--out", tmp_path / "s", *QUICK, *more, *shocks)
    assert code == 0, error
    assert "slow in 20.0% of the rounds and a shock slows all in 10.0%" in text
    assert "all start fast: a full wait in round 0 takes" in text
    told = re.search(r"drawn runs of 100 rounds: (\S+) ± (\S+) s .*expected (\S+) s", text)
    assert told
    mean, half, expected = map(float, told.groups())
    assert abs(mean - expected) <= 1.5 * half
    record = json.loads((tmp_path / "s" / "run.json").read_text())
    assert record["settings"]["per"] == "step"
    assert not [v for v in record["verdicts"] if v["outcome"] == "refuted"]
