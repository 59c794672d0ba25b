"""Numbers and sentences read as they should."""

import dataclasses

import pytest

from roundlot.report.numbers import number, percent, seconds, times
from roundlot.report.page import confidence, headline

S = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567, f"1{S}234{S}567"),
        (-3.0, "−3"),
        (0.1, "0.1"),
        (1.00031, "1.000"),
        (0.99999999999, "1"),
        (35.401, "35.40"),
        (1e-9, "10⁻⁹"),
        (-1e-9, "−1×10⁻⁹"),
        (1.23456e-9, "1.235×10⁻⁹"),
        (1.5e12, "1.5×10¹²"),
        (123456.7, f"123{S}457"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "–"),
        (None, "–"),
        ("text", "text"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_units():
    assert [seconds(t) for t in (3.3e-4, 0.021, 1.5, 90.0, 300.0, 9000.0, 0.0)] == [
        f"330{S}µs",
        f"21{S}ms",
        f"1.5{S}s",
        f"90{S}s",
        f"5{S}min",
        f"2.5{S}h",
        f"0{S}s",
    ]
    assert percent(0.0123) == f"1.23{S}%"
    assert [times(x) for x in (1.0, 1.0021, 2.128, 1234.5, None)] == [
        "1×",
        "1.0021×",
        "2.13×",
        f"1{S}234×",
        "–",
    ]


def rows(**ratios):
    return tuple({"name": name, "ratio": ratio} for name, ratio in ratios.items())


@pytest.mark.parametrize(
    ("comparison", "end"),
    [
        (
            rows(optimum=1.0, uniform=2.13),
            "the optimum has 2.1 times less update variance than u",
        ),
        (rows(optimum=1.0, loss=1.0311), "the optimum has 1.031 times less update variance than l"),
        (
            rows(optimum=1.0, uniform=1.0),
            "no probabilities have less update variance than uniform",
        ),
        (rows(optimum=1.0, uniform=float("inf")), "uniform sampling does not."),
        (({"name": "uniform", "ratio": 3.0, "variance_is": "at least"},), "at least 3.0 times"),
        (({"name": "uniform", "ratio": None, "skipped": "no"},), "the least update variance is"),
    ],
)
def test_headline(result, comparison, end):
    assert end in headline(dataclasses.replace(result, comparison=comparison))


def test_a_gap_that_is_not_rigorous_is_not_called_proved(result):
    loose = dataclasses.replace(result.solution, rigorous=False)
    assert "proved" in confidence(result)
    assert "proved" not in confidence(dataclasses.replace(result, solution=loose))
