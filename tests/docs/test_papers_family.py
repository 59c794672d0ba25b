"""The verdicts of docs/papers.md: corrections by hand, by scipy, and by simulation of a family."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

from _papers.claims import CLAIMS
from _papers.commands import trainings
from _papers.family import counts, decided, holm, p_value, verdict
from _papers.order import reached

from roundlot.simulate.runs.paired_runs import Interval
from roundlot.train import load_train_setup


def test_holm_by_hand() -> None:
    """0.01 * 4; 0.02 * 3; 0.03 * 2 is no less; 0.04 * 1 may not fall below 0.06."""
    adjusted = holm([0.03, 0.01, 0.04, 0.02])
    np.testing.assert_allclose(adjusted, [0.06, 0.04, 0.06, 0.06], rtol=1e-14)
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).size == 0


def test_holm_rejects_as_the_step_down_procedure_does() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        row = rng.uniform(size=9) ** 4
        left, rejected = row.size, set()
        for place in np.argsort(row):
            if row[place] > 0.05 / left:
                break
            rejected.add(int(place))
            left -= 1
        assert set(np.flatnonzero(holm(row.tolist()) <= 0.05)) == rejected
        assert set(np.flatnonzero(row <= 0.05 / row.size)) <= rejected  # Bonferroni's are fewer


def test_p_value_is_that_of_students_paired_test() -> None:
    rng = np.random.default_rng(2)
    better, worse = rng.normal(0.5, 1.0, 10), rng.normal(size=10)
    told = stats.ttest_rel(better, worse).pvalue
    assert p_value(better - worse) == pytest.approx(told, rel=1e-12)
    row = rng.normal(0.004, 0.01, 12)  # within 0.02: twice the larger of two one-sided tests
    ends = [
        stats.ttest_1samp(row, end, alternative=side).pvalue
        for end, side in ((-0.02, "greater"), (0.02, "less"))
    ]
    assert p_value(row, 0.02) == pytest.approx(2 * max(ends), rel=1e-9)


@pytest.mark.parametrize("margin", [0.0, 0.02])
def test_interval_and_p_value_decide_alike(margin: float) -> None:
    rng = np.random.default_rng(3)
    seen = set()
    for _ in range(300):
        row = rng.normal(rng.uniform(-0.05, 0.05), 0.015, 10)
        one = decided(row, claims=7, margin=margin)
        seen.add(one.verdict)
        assert (one.verdict != "inconclusive") == (7 * p_value(row, margin) < 0.05)
        assert (one.verdict_alone != "inconclusive") == (p_value(row, margin) < 0.05)
    assert seen == {"holds", "does not hold", "inconclusive"}


def test_together_is_wider_by_the_quantile_of_bonferroni() -> None:
    one = decided([0.1, 0.3, 0.2, 0.4], claims=10)
    error = np.std([1, 3, 2, 4], ddof=1) / 10 / 2
    assert one.alone.half == pytest.approx(stats.t.ppf(0.975, 3) * error, rel=1e-12)
    assert one.together.half == pytest.approx(stats.t.ppf(0.9975, 3) * error, rel=1e-9)


def test_words() -> None:
    def gap(low: float, high: float) -> Interval:
        return Interval(mean=(low + high) / 2, half=(high - low) / 2, n=10)

    assert verdict(gap(0.25, 0.5)) == "holds"
    assert verdict(gap(-0.5, -0.25)) == "does not hold"
    assert verdict(gap(0.0, 0.5)) == "inconclusive"
    assert verdict(gap(-0.25, 0.125), 0.5) == "holds"
    assert verdict(gap(0.75, 1.0), 0.5) == "does not hold"
    assert verdict(gap(0.25, 0.75), 0.5) == "inconclusive"
    assert counts(["holds", "inconclusive", "holds"]) == (2, 0, 1)


def test_a_family_of_equal_methods_errs_as_rarely_as_it_says() -> None:
    """200 families of 36 claims that are all untrue, dependent: at most 5 % have a verdict.

    More than 23 of 200 at 5 % has chance 1e-4; uncorrected, most families have one.
    """
    rng = np.random.default_rng(4)
    wrong = wrong_alone = 0
    for _ in range(200):
        methods = rng.normal(size=(9, 10))
        rows = [a - b for k, a in enumerate(methods) for b in methods[:k]]
        told = [decided(row, claims=len(rows)) for row in rows]
        wrong += any(one.verdict != "inconclusive" for one in told)
        wrong_alone += any(one.verdict_alone != "inconclusive" for one in told)
    assert wrong <= 23
    assert wrong_alone > 100


PAGE = """
<!-- commands -->
```sh
roundlot train fair --out build/papers/fair --methods \\
  "uniform draw,turns"
python other.py
```
<!-- end -->
"""


def test_commands_are_read_from_the_page() -> None:
    (one,) = trainings(PAGE, "commands")
    assert one.name == "fair"
    assert one.arguments[-2:] == ("--methods", "uniform draw,turns")
    with pytest.raises(ValueError, match="no mark"):
        trainings(PAGE, "overnight")
    with pytest.raises(ValueError, match="writes into 'fair'"):
        trainings(PAGE.replace("build/papers/fair", "fair"), "commands")


@pytest.mark.parametrize("mark", ["commands", "overnight"])
def test_the_pages_commands_train_what_its_claims_are_about(mark: str) -> None:
    """Among the claims: above data size, FedAvg and blocks in turn, in every table."""
    page = (Path(__file__).parents[2] / "docs" / "papers.md").read_text("utf-8")
    for training in trainings(page, mark):
        setup = load_train_setup(training.arguments[1])
        if "--methods" in training.arguments:
            named = training.arguments[training.arguments.index("--methods") + 1].split(",")
            setup = setup.with_methods(named)
        trained = {one.name for one in setup.methods}
        if training.name == "digits-variance":  # no claims, but predictions
            continue
        claims = CLAIMS[training.name]
        assert {name for one in claims for name in (one.method, one.other)} <= trained
        assert {"data-size", "fedavg", "round-robin"} <= {one.other for one in claims}


def test_the_target_is_reached_where_the_mean_stays_above_it() -> None:
    """0.9 of the best's 0.8 is 0.72: one dips below it again, one never gets there."""

    def runs(*accuracies: list[float]) -> list[SimpleNamespace]:
        costs = {"uploads_so_far": [0, 10, 20, 30], "seconds_so_far": [0.0, 5.0, 6.0, 9.0]}
        return [SimpleNamespace(mean_accuracy=np.array(row), **costs) for row in accuracies]

    bench = SimpleNamespace(
        methods=("full", "dips", "slow"),
        interval=lambda name: Interval(mean=0.8 if name == "full" else 0.7, half=0.1, n=2),
        histories={
            "full": runs([0.1, 0.6, 0.8, 0.8], [0.1, 0.9, 0.8, 0.8]),
            "dips": runs([0.1, 0.8, 0.5, 0.9]),
            "slow": runs([0.1, 0.2, 0.3, 0.7]),
        },
    )
    ends = reached(bench)  # type: ignore[arg-type]
    assert ends["full"] == pytest.approx((0.72, 10.0, 5.0))
    assert ends["dips"] == pytest.approx((0.72, 30.0, 9.0))
    assert np.isinf(ends["slow"][1:]).all()
