"""``roundlot solve`` with other objectives and with a ceiling on the variances."""

import json
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "options",
    [("--objective", "max"), ("--objective", "fair", "--alpha", 3)],
)
def test_objectives(call, scores, options):
    code, out, _ = call("solve", scores, "--budget", 2, *options, "--json")
    record = json.loads(out)
    assert code == 0
    assert record["gap"] < 1e-9
    assert record["objective"] >= record["lower_bound"] > 0.0


def test_ceiling(call, scores, tmp_path):
    path = tmp_path / "p.csv"
    code, out, _ = call("solve", scores, "--variance-ceiling", 20, "--json", "--out", path)
    record = json.loads(out)
    assert code == 0
    assert path.exists()
    assert max(record["model_variance"].values()) <= 20.0
    assert record["lower_bound"] <= record["budget"]
    text = call("solve", scores, "--variance-ceiling", 20)[1]
    assert "least budget" in text
    models = Path(scores).read_text("utf-8").splitlines()[0].split(",")[1:]
    assert all(f"\n{model} " in text for model in models)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--objective", "magic"), "'max'"),
        (("--objective", "fair", "--alpha", 0.5), "alpha"),
        (("--variance-ceiling", 1, "--objective", "max"), "--objective"),
        (("--variance-ceiling", 1e-9), "ceilings"),
    ],
)
def test_bad_options_are_one_line(call, scores, options, word):
    code, _, err = call("solve", scores, *options)
    assert code == 2
    assert word in err
    assert len(err.strip().splitlines()) == 1
