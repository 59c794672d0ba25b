"""What a training will take, before it starts: counts by hand, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from roundlot.simulate.resident_memory import peak_bytes, restart_peak
from roundlot.train.sizes import size, span

Call = Callable[..., tuple[int, str, str]]

SETUP = """
methods = ["full", "stale-vre"]
[tasks]
kind = "quadratics"
clients = 4
dimension = 3
[local]
epochs = 1
[server]
optimizer = "adam"
[run]
rounds = 100
seeds = 3
budget = 2
evaluate_every = 40
"""


def test_counts_by_hand_and_nothing_written(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(SETUP, "utf-8")
    code, said, err = call("train", path, "--plan", "--json", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert [one.name for one in tmp_path.iterdir()] == ["s.toml"]
    plan = json.loads(said)
    (model,) = plan["models"]
    parameters = model["parameters"]
    full, stale = plan["methods"]
    assert full["uploads"] == 4.0
    assert full["parameter_bytes"] == 4 * parameters
    # Adam keeps two numbers a parameter, stale updates of four clients four more at least.
    assert full["memory_bytes"] == 2 * 4 * parameters
    assert stale["memory_bytes"] >= (2 + 4) * 4 * parameters
    for row in (full, stale):
        # Evaluations after 0, 40, 80 and 100 rounds.
        expected = 100 * row["round_seconds"] + 4 * row["evaluation_seconds"]
        assert row["run_seconds"] == pytest.approx(expected)
        assert row["all_seconds"] == pytest.approx(3 * expected)
    runs = full["all_seconds"] + stale["all_seconds"]
    others = [plan[f"{name}_seconds"] for name in ("data", "engine", "report")]
    assert plan["seconds"] == pytest.approx(runs + sum(others))
    assert min(others) > 0.0
    assert (model["engine"], plan["stops_early"]) == ("fused", False)
    assert "under 2000 local steps are left" in model["engine_choice"]
    assert plan["peak_bytes"] >= max(full["peak_bytes"], stale["peak_bytes"])
    path.write_text(f"{SETUP}[stop_early]\npatience = 3\n", "utf-8")
    code, said, _ = call("train", path, "--plan")
    assert code == 0
    assert f"{parameters:,} parameters" in said
    assert "of 4 of 4 clients; engine fused" in said
    assert "100 rounds, 3 seeds: models may stop early; at most about" in said
    assert "of RAM in all by one process" in said


@pytest.mark.parametrize("more", [["--resume"], ["--processes", "2"]])
def test_what_a_plan_cannot_tell_is_refused(call: Call, tmp_path: Path, more: list[str]) -> None:
    path = tmp_path / "s.toml"
    path.write_text(SETUP, "utf-8")
    code, _, err = call("train", path, "--plan", *more)
    assert code != 0
    assert f"leave out {more[0]}" in err
    assert err.count("\n") == 1


def test_the_peak_is_of_what_came_since_it_was_restarted() -> None:
    """A table of 200 MB that is gone counts no more; one of 100 MB that came after it does."""
    np.ones(25_000_000)
    restart_peak()
    before = peak_bytes()
    np.ones(12_500_000)
    assert 0.9e8 < peak_bytes() - before < 1.5e8


def test_spans_and_sizes_in_words() -> None:
    assert [span(x) for x in (0.25, 89.0, 600.0, 7200.0)] == ["0.25 s", "89 s", "10 min", "2.0 h"]
    assert [size(x) for x in (12, 4096, 5.5e6, 2e9)] == ["12 B", "4.1 kB", "5.5 MB", "2 GB"]
