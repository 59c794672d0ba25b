"""Numbers and sentences read as they should."""

import dataclasses

import pytest

from roundlot.report.numbers import more, number, percent, seconds
from roundlot.report.page import confidence, headline
from roundlot.user_text import joined_names

S = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (-3.0, "−3"),
        (0.1, "0.1"),
        (1.00031, "1.000"),
        (0.99999999999, "1"),
        (35.401, "35.40"),
        (1e-9, "10⁻⁹"),
        (-1e-9, "−1×10⁻⁹"),
        (1.23456e-9, "1.235×10⁻⁹"),
        (1.5e12, "1.5×10¹²"),
        (123456.7, "123,457"),
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
    ratios = (
        1.0,
        1.0 + 1e-12,
        1.0021,
        1.0994,
        1.0996,
        1.51,
        2.128,
        162.4,
        1234.5,
        None,
        float("inf"),
    )
    assert [more(x) for x in ratios] == [
        f"0.0{S}%",
        f"0.0{S}%",
        f"+0.2{S}%",
        f"+9.9{S}%",
        f"+10{S}%",
        f"+51{S}%",
        f"+113{S}%",
        "162 times",
        "1,234 times",
        "–",
        "∞",
    ]


def test_names_of_one_row():
    assert joined_names(["optimum", "AOCS 1", "AOCS 2", "AOCS 3"]) == "optimum, AOCS 1 to 3"
    assert joined_names(["a 1", "a 3", "b 4", "7", "b 5"]) == "a 1, a 3, b 4, 7, b 5"
    assert joined_names(["x", "x"]) == "x, x"
    assert joined_names([]) == ""


def rows(**ratios):
    return tuple({"name": name, "ratio": ratio} for name, ratio in ratios.items())


@pytest.mark.parametrize(
    ("comparison", "end"),
    [
        (
            rows(optimum=1.0, uniform=2.13),
            f"uniform sampling has 113{S}% more update variance than the optimum.",
        ),
        (
            rows(optimum=1.0, loss=1.0311),
            f"loss has 3.1{S}% more update variance than the optimum.",
        ),
        (
            rows(optimum=1.0, loss=1.0004),
            f"loss has less than 0.05{S}% more update variance than t",
        ),
        (rows(optimum=1.0, uniform=162.0), "has 162 times the optimum's update variance."),
        (
            rows(optimum=1.0, uniform=1.0),
            "no probabilities have less update variance than uniform",
        ),
        (rows(optimum=1.0, uniform=float("inf")), "uniform sampling does not."),
        (
            ({"name": "uniform", "ratio": 3.0, "variance_is": "at least"},),
            f"at least 200{S}% more update variance",
        ),
        (({"name": "uniform", "ratio": None, "skipped": "no"},), "the least update variance is"),
    ],
)
def test_headline(result, comparison, end):
    assert end in headline(dataclasses.replace(result, comparison=comparison))


def test_a_gap_that_is_not_rigorous_is_not_called_proved(result):
    loose = dataclasses.replace(result.solution, rigorous=False)
    assert "proved" in confidence(result)
    assert "proved" not in confidence(dataclasses.replace(result, solution=loose))
