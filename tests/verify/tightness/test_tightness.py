"""Bounds against what is attained: tight ones within 1e-6, no bound ever undercut."""

from dataclasses import replace

import pytest

from roundlot.solvers.schemes import certify_scheme, independent_clients
from roundlot.verify.tightness import measure_tightness, tightness_table, without_example
from roundlot.verify.tightness.table import EXAMPLES

# Cells of the scheme rows: random search over quadratics does not find the very worst.
SEARCHED = 1.05


@pytest.fixture(scope="module")
def rows():
    """With PEPit's worst cases where it is installed."""
    return measure_tightness()


def test_every_bound_holds_and_the_tight_ones_are_attained(rows) -> None:
    for row in rows:
        assert row.quadratic >= 1 - 1e-9, row
        if row.theorem.startswith("scheme"):
            assert row.quadratic < SEARCHED, row
        elif row.relation in ("tight", "exact"):
            assert row.quadratic == pytest.approx(1.0, abs=1e-6), row


def test_certified_rounds_are_within_ten_times_of_the_truth(rows) -> None:
    (row,) = (row for row in rows if row.theorem.startswith("rounds"))
    assert 1 <= row.quadratic < 10


def test_against_pepit(rows) -> None:
    pytest.importorskip("PEPit", reason="PEPit is an optional dependency: roundlot[pepit]")
    measured = [row for row in rows if row.worst is not None]
    assert len(measured) >= 12
    for row in measured:
        assert row.worst >= 1 - 1e-6, row
        if row.relation == "tight":
            assert row.worst == pytest.approx(1.0, abs=1e-6), row


def test_a_wrong_constant_shows_as_a_ratio_below_one(monkeypatch) -> None:
    (case,) = (case for case in EXAMPLES if case.theorem == "one_step")
    short = replace(case, bound=lambda: 0.999 * case.bound())
    monkeypatch.setattr("roundlot.verify.tightness.table.EXAMPLES", (short,))
    monkeypatch.setattr("roundlot.verify.tightness.table.SCHEMES", ())
    (row,) = measure_tightness(pepit=False)
    assert row.quadratic < 1 - 1e-4
    assert row.worst is None


def test_a_random_scheme_agrees_with_pepit() -> None:
    pytest.importorskip("PEPit", reason="PEPit is an optional dependency: roundlot[pepit]")
    from roundlot.verify.tightness.worst_case import worst_scheme_step

    scheme = independent_clients([0.25, 0.75], [0.5, 0.125])
    setting = {"step": 0.1, "smoothness": 3.0, "strong_convexity": 0.5}
    proof = certify_scheme(scheme, **setting, squared_distance=2.0, dissimilarity=7.0)
    worst = worst_scheme_step(scheme, **setting, squared_distance=2.0, dissimilarity=7.0)
    assert proof.bound(2.0, dissimilarity=7.0) == pytest.approx(worst, rel=1e-6)


def test_the_table_names_every_theorem(rows) -> None:
    text = tightness_table([replace(row, worst=None) for row in rows])
    assert "| one_step | tight | – | 1.000000 |" in text
    assert text.count("\n| ") == len(rows) + 1
    assert without_example() == ()
    assert "Not measured" not in text


def test_a_worst_local_step_is_at_least_that_of_quadratics() -> None:
    pytest.importorskip("PEPit", reason="PEPit is an optional dependency: roundlot[pepit]")
    (case,) = (case for case in EXAMPLES if case.theorem == "local_step")
    assert case.quadratic() <= case.worst() * (1 + 1e-6) <= case.bound()
