"""``roundlot straggle`` with a trace: measured times as a law, in three orders; hostile tables."""

import json
from pathlib import Path

import numpy as np
import pytest

from roundlot.solvers.stragglers import (
    Deadline,
    FastestWorker,
    FullWait,
    Stragglers,
    Trace,
    best_deadline,
    estimator_moments,
    round_law,
)
from roundlot.straggle import read_trace
from roundlot.theory import InvalidProblemError

SECONDS = np.array([[1.0, 2.0], [1.0, 6.0], [4.0, 2.0]])
QUICK = ("--batch", 16, "--unit", 2, "--rounds", 500, "--time-limit", 0.5)


def rows(seconds=SECONDS, when="round") -> str:
    lines = [f"worker,{when},seconds"]
    lines += [f"{'ab'[i]},{r},{seconds[r][i]}" for r in range(len(seconds)) for i in range(2)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    (tmp_path / "trace.csv").write_text(rows())
    (tmp_path / "clients.csv").write_text("client,processors,speed,link\na,1,10,4\nb,1,5,4\n")
    (tmp_path / "samples.csv").write_text("client,digits\na,10\nb,10\n")
    path = tmp_path / "fleet.toml"
    path.write_text(
        '[fleet]\nsource = "tables"\nclients = "clients.csv"\nsamples = "samples.csv"\n'
        '[problem]\nbudget = 2.0\n[scores]\nsource = "norms"\npath = "samples.csv"\n'
        '[straggle]\ntrace = "trace.csv"\ntrace_order = "in order"\n'
    )
    return path


def crew(order: str) -> Stragglers:
    law = Trace(factors=SECONDS, order=order)
    return Stragglers(seconds=SECONDS.mean(axis=0), law=law, per="step")


def test_rounds_of_a_trace_by_hand() -> None:
    """Shares 2 and 1: ends 2, 6, 8 together; apart 2 or 8 (1/3) and 2 or 6 (1/3)."""
    for order in ("in order", "rounds"):
        law = round_law(FullWait(), crew(order), [2, 1])
        assert law.seconds.value == pytest.approx((2 + 6 + 8) / 3, rel=1e-15)
        assert law.seconds.error == 0.0
        cut = round_law(Deadline(seconds=4.0), crew(order), [2, 1])
        assert cut.seconds.value == pytest.approx((2 + 4 + 4) / 3)
        assert cut.counts.mean.tolist() == pytest.approx([(2 + 2 + 1) / 3, 2 / 3])
        assert cut.counts.mean_inverse == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
        first = round_law(FastestWorker(), crew(order), [2, 1])
        assert first.seconds.value == pytest.approx((2 + 2 + 2) / 3)
    apart = round_law(FullWait(), crew("independent"), [2, 1])
    assert apart.seconds.value == pytest.approx(4 / 9 * 2 + 2 / 9 * 6 + 3 / 9 * 8, rel=1e-12)
    moments = estimator_moments("horvitz-thompson", cut.counts, [2, 1])
    assert moments.relative_bias(np.array([[1.0], [3.0]])) < 1e-12


def test_a_round_in_order_is_known_beforehand() -> None:
    """Every round's length and counts are the drawn ones; their means are those of the trace."""
    workers, rule = crew("in order"), Deadline(seconds=4.0)
    drawn = rule.draw(workers, [2, 1], 6)
    laws = [round_law(rule, workers, [2, 1], round_=r) for r in range(6)]
    assert [law.seconds.value for law in laws] == pytest.approx(drawn.seconds.tolist())
    assert [law.counts.mean.tolist() for law in laws] == drawn.counts.tolist()
    fastest = [round_law(FastestWorker(), workers, [2, 1], round_=r).seconds.value for r in (0, 1)]
    assert fastest == pytest.approx(FastestWorker().draw(workers, [2, 1], 2).seconds.tolist())
    random = round_law(rule, crew("rounds"), [2, 1], round_=1)
    assert random.seconds.value == pytest.approx(drawn.seconds.mean())


def test_draws_are_the_measured_rounds() -> None:
    assert np.array_equal(
        crew("in order").draw(7, 2, start=2)[:, :, 1], SECONDS[np.arange(2, 9) % 3]
    )
    drawn = crew("rounds").draw(3000, 1, seed=3)[:, :, 0]
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    assert np.array_equal(found, np.unique(SECONDS, axis=0))
    assert np.abs(counts / 3000 - 1 / 3).max() < 0.05
    apart = crew("independent").draw(3000, 1, seed=3)[:, :, 0]
    assert len(np.unique(apart, axis=0)) == 4


@pytest.mark.parametrize("order", ["independent", "rounds"])
def test_the_best_deadline_of_a_trace_is_that_of_every_moment(order: str) -> None:
    stragglers, shares = crew(order), [3, 2]
    best = best_deadline(stragglers, shares, communication=0.3)
    values = []
    for moment in {k * s for s in SECONDS.ravel() for k in (1, 2, 3)}:
        law = round_law(Deadline(seconds=float(moment)), stragglers, shares)
        if law.counts.chance_of_nobody <= 0.5:
            values.append(law.seconds_per_information(0.3))
    assert best.value == pytest.approx(min(values), rel=2e-3)
    assert best.lower_bound <= min(values) * (1 + 1e-9)


def test_a_trace_in_a_setup(call, setup, tmp_path) -> None:
    code, text, error = call("straggle", setup, "--out", tmp_path / "one", *QUICK)
    assert code == 0, error
    assert "trace of 3 rounds: the measured rounds are taken in order" in text
    record = json.loads((tmp_path / "one" / "run.json").read_text())
    full = next(row for row in record["rows"] if row["rule"] == "full wait")
    wait = record["workers"]["communication_seconds"]
    assert full["seconds"] == pytest.approx(wait + (8 + 24 + 16) / 3, rel=1e-12)
    assert not [v for v in record["verdicts"] if v["outcome"] == "refuted"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (rows().replace("b,1,6.0\n", ""), "worker 'b' has no row in round 1"),
        (rows().replace("6.0", "nan"), "row 4 is 'nan'; give a finite number"),
        (rows().replace("6.0", "1e308"), "row 4 is 1e+308; give a number from 1e-100 to 1e+100"),
        (rows().replace("6.0", "5e-324"), "give a number from 1e-100 to 1e+100"),
        (rows().replace("6.0", "inf"), "row 4 is 'inf'"),
        (rows().replace("6.0", "-6.0"), "row 4 is -6; give a finite number above 0"),
        (rows().replace("6.0", "0"), "row 4 is 0; give a finite number above 0"),
        (rows().replace("6.0", ""), "column 'seconds' is empty in row 4"),
        (rows().replace("6.0", "soon"), "row 4 is 'soon'"),
        (rows() + "b,1,3.0\n", "row 7 has round 1 of worker 'b' a second time"),
        (rows(when="time") + "b,9,3.0\n", "worker 'a' has 3 rows and 'b' 4"),
        (rows().replace("round", "epoch"), "says not when: add a column round"),
        (rows().replace("seconds", "duration"), "no column 'seconds'"),
        (rows().replace("worker", "client"), "no column 'worker'"),
        (rows().replace("b,1,6.0", "b,1.5,6.0"), "row 4 is 1.5; give a whole number"),
        ("worker,round,seconds,note\na,0,1,x\n", "has a column 'note' that a trace does not use"),
        ("worker,round,time,seconds\na,0,0,1\n", "has columns round and time; keep one"),
        ("worker,round,seconds\n", "trace"),
        ("", "trace"),
    ],
)
def test_hostile_traces_are_refused_in_one_line(call, setup, tmp_path, text, match) -> None:
    (tmp_path / "trace.csv").write_text(text)
    code, _, error = call("straggle", setup, "--out", tmp_path / "none", *QUICK)
    assert code == 2
    assert match in error
    assert error.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_keys_that_a_trace_does_not_use_are_refused(call, setup, devices_of_trace) -> None:
    for more, match in (
        (("--model", "pareto"), "a trace is given and model is pareto"),
        (("--shape", 2), "a shape is given and a trace has none"),
        (("--per", "mini-batch"), "the times of a trace last for a step"),
        (("--shock", 0.1, "--shock-factor", 2), "slow rounds of its own"),
        (("--workers", 3), "the trace has 2 workers and workers is 3"),
        (("--trace", "missing.csv"), "missing.csv"),
    ):
        code, _, error = call("straggle", setup, "--out", devices_of_trace, *QUICK, *more)
        assert code == 2, match
        assert match in error
    code, _, error = call("straggle", "--trace-order", "rounds", "--out", devices_of_trace)
    assert code == 2
    assert "no trace is given" in error


@pytest.fixture
def devices_of_trace(tmp_path: Path) -> Path:
    return tmp_path / "none"


def test_rows_by_time_are_put_in_order(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("seconds,time,worker\n3,9.5,a\n1,0.25,a\n2,1e3,b\n5,1,b\n")
    found = read_trace(path)
    assert found.workers == ("a", "b")
    assert found.seconds.tolist() == [[1.0, 5.0], [3.0, 2.0]]
    with pytest.raises(InvalidProblemError, match="missing"):
        read_trace(tmp_path / "missing.csv")
