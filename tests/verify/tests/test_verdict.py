"""Three outcomes, and a shared error rate."""

import numpy as np
import pytest

from roundlot.theory import InvalidProblemError
from roundlot.verify import Verdict, check_mean, combine, share
from roundlot.verify.tests.mean import cycle_means
from roundlot.verify.tests.verdict import decide


def verdict(outcome="supported", **changes):
    fields = {
        "claim": "a claim",
        "outcome": outcome,
        "estimate": 1.01,
        "expected": 1.0,
        "detectable": 0.02,
        "false_alarm": 1e-6,
        "miss": 1e-3,
        "rounds": 1000,
        "statistic": 2.0,
        "threshold": 14.0,
    }
    return Verdict(**(fields | changes))


def test_only_support_is_a_pass():
    assert verdict().passed
    assert not verdict("refuted").passed
    assert not verdict("inconclusive").passed
    with pytest.raises(TypeError, match="passed"):
        bool(verdict())
    with pytest.raises(InvalidProblemError, match="maybe"):
        verdict("maybe")


def test_decide():
    assert decide(refuted=True, powered=True) == "refuted"
    assert decide(refuted=True, powered=False) == "refuted"
    assert decide(refuted=False, powered=True) == "supported"
    assert decide(refuted=False, powered=False) == "inconclusive"


def test_it_says_its_numbers():
    text = str(verdict())
    assert text.count("\n") == 0
    for part in ("supported", "a claim", "1.01", "0.02", "1e-06", "0.001", "1,000"):
        assert part in text


def test_the_line_is_short_and_the_detail_follows_it():
    long = verdict(detail="what the statistic is, " * 20)
    assert str(long) == str(verdict())
    assert len(str(long)) < 120
    assert long.lines() == [str(long), f"  {long.detail}"]
    assert verdict().lines() == [str(verdict())]


def test_what_cannot_be_seen_is_said_in_words():
    blind = str(verdict("inconclusive", detectable=np.inf))
    assert "would see no difference, however large; 1,000 rounds" in blind
    assert "inf" not in blind
    nothing = str(verdict("inconclusive", detectable=np.inf, estimate=np.nan, expected=np.nan))
    assert "nan" not in nothing
    sound = verdict(estimate=0.0, expected=0.0, false_alarm=0.0, miss=0.0, detectable=0.0)
    assert str(sound) == "supported: a claim (exact, 1,000 rounds)"
    wrong = verdict("refuted", estimate=1.0, expected=0.0, false_alarm=0.0, miss=0.0)
    assert str(wrong) == "refuted: a claim: 1 against 0 (exact, 1,000 rounds)"


def test_combination_takes_the_worst():
    both = combine("all", [verdict(), verdict("inconclusive", detectable=0.5)])
    assert both.outcome == "inconclusive"
    assert both.detectable == 0.5
    assert both.false_alarm == pytest.approx(2e-6)
    three = combine("all", [verdict(), verdict("inconclusive"), verdict("refuted", estimate=3.0)])
    assert (three.outcome, three.estimate) == ("refuted", 3.0)
    assert combine("all", [verdict(), verdict()]).passed
    with pytest.raises(InvalidProblemError, match="at least one"):
        combine("all", [])


def test_share():
    assert share(1e-6, 4) == pytest.approx(2.5e-7)
    with pytest.raises(InvalidProblemError, match="checks"):
        share(1e-6, 0)
    with pytest.raises(InvalidProblemError, match="false_alarm"):
        share(1.0, 2)


def test_mean_outcomes():
    y = np.random.default_rng(0).exponential(3.0, 400_000)
    good = check_mean(y, 3.0, 2.0, discrepancy=0.03)
    assert good.passed
    assert good.estimate == pytest.approx(y.mean())
    assert check_mean(y[:2000], 3.0, 2.0, discrepancy=0.03).outcome == "inconclusive"
    assert check_mean(y, 3.0 / 1.03, 2.0, discrepancy=0.03).outcome == "refuted"
    assert check_mean(y, 3.0 / 0.97, 2.0, discrepancy=0.03).outcome == "refuted"


def test_support_needs_the_stated_power():
    y = np.ones(20_000)
    sees = check_mean(y, 1.0, 1.5).detectable
    assert check_mean(y, 1.0, 1.5, discrepancy=sees).passed
    assert check_mean(y, 1.0, 1.5, discrepancy=sees * 0.99).outcome == "inconclusive"


def test_cycles():
    assert cycle_means([1.0, 3.0, 5.0, 7.0, 9.0], 2).tolist() == [2.0, 6.0]
    with pytest.raises(InvalidProblemError, match="cycle"):
        cycle_means([1.0], 0)
    with pytest.raises(InvalidProblemError, match="shape"):
        cycle_means([[1.0]], 1)


@pytest.mark.parametrize("expected", [0.0, -1.0, np.nan, np.inf])
def test_bad_predictions_are_refused(expected):
    with pytest.raises(InvalidProblemError, match="expected"):
        check_mean([1.0], expected, 2.0)
