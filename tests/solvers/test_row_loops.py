"""Loops over rows, eight at a time and with memory asked for ahead, give what single rows give."""

from fractions import Fraction

import numpy as np
import pytest

from roundlot.solvers import kernels
from roundlot.solvers.kernels.eight_rows import add_eight_rows
from roundlot.solvers.kernels.fetching import fetch_ahead, fetch_ahead_to_write

RANDOM = np.random.default_rng(11)


def in_order(row):
    """The float64 sum of one row, entry after entry."""
    total = 0.0
    for value in row:
        total += float(value)
    return total


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 7, 8, 10, 15, 32])
@pytest.mark.parametrize("rows", [1, 7, 8, 9, 530])
def test_sums_of_rows_are_added_in_order(rows, width, kind):
    table = RANDOM.lognormal(0.0, 3.0, (rows, width)).astype(kind)
    sums = np.empty(rows)
    top = kernels.row_sums(table, sums)
    assert sums.tolist() == [in_order(row) for row in table]
    assert top == sums.max()


@pytest.mark.parametrize("width", [33, 100])
def test_sums_of_wide_rows_are_off_by_33_units_at_most(width):
    table = RANDOM.lognormal(0.0, 3.0, (9, width))
    sums = np.empty(9)
    kernels.row_sums(table, sums)
    for row, found in zip(table, sums, strict=True):
        truth = sum(map(Fraction, row.tolist()))
        assert abs(Fraction(float(found)) - truth) <= 33 * truth / 2**53


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("width", [33, 64, 71])
def test_wide_rows_have_the_same_sums_in_eights_as_alone(width, kind):
    table = RANDOM.lognormal(0.0, 9.0, (16, width)).astype(kind)
    table[3, 40 % width] = np.inf
    sums, alone = np.empty(16), np.empty(1)
    kernels.row_sums(table, sums)
    for row, found in zip(table, sums, strict=True):
        kernels.row_sums(row[None], alone)
        assert found == alone[0]
    assert sums[3] == np.inf


@pytest.mark.parametrize("count", [1, 6, 13])
def test_eight_rows_are_added_by_python_as_by_the_processor(count):
    table, out = RANDOM.lognormal(0.0, 3.0, (9, 13)), np.zeros(10)
    add_eight_rows(table.reshape(-1), 13, 13, count, out, 1)
    assert out.tolist() == [0.0, *(in_order(row[:count]) for row in table[1:]), 0.0]


@pytest.mark.parametrize("value", [-1.0, np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 7, 8, 15, 16])
def test_a_sum_that_is_no_number_from_0_on_is_told(at, value):
    table = np.full((17, 1), 0.5)
    table[at] = value
    assert np.isnan(kernels.row_sums(table, np.empty(17)))
    assert np.isnan(kernels.summed(table, np.ones(1), 1.0, np.empty(17))[0])


def test_rows_of_nothing_are_no_fault():
    assert kernels.row_sums(np.full((9, 2), -0.0), np.empty(9)) == 0.0


@pytest.mark.parametrize("rows", [1, 511, 513, 9000])
def test_a_faithful_piece_holds_the_exact_sum(rows):
    sums = RANDOM.lognormal(0.0, 2.0, rows)
    limit = float(np.median(sums))
    count, high, low, width, below, above = kernels.shared_faithful_piece(sums, limit)
    free = sums[sums < limit]
    assert count == rows - free.size
    truth = sum(map(Fraction, free.tolist()), Fraction(0))
    assert abs(Fraction(high) + Fraction(low) - truth) <= Fraction(width)
    assert width <= 1e-20 * rows * max(1.0, limit)
    assert below == free.max(initial=0.0)
    assert above == sums[sums >= limit].min()


@pytest.mark.parametrize("shared", [True, False])
def test_rows_at_their_caps_are_written_among_others(shared):
    scores = RANDOM.lognormal(0.0, 1.0, (200, 3))
    sums, caps = np.empty(200), np.ones(1) if shared else RANDOM.uniform(0.5, 1.0, 200)
    kernels.row_sums(scores, sums)
    level = float(np.quantile(sums, 0.9))
    out = np.full((200, 3), -1.0)
    kernels.write_surely(scores, sums, caps, level, 1e-300, out)
    exact = scores * np.minimum(1.0 / level, caps / sums)[:, None]
    np.testing.assert_allclose(out, exact, rtol=1e-14)
    assert (out <= exact * (1.0 + 1e-16)).all()


def test_asking_for_memory_does_nothing_in_python():
    assert fetch_ahead(np.zeros(1), 0, 10**9) is None
    assert fetch_ahead_to_write(np.zeros(1), 0, 10**9) is None


@pytest.mark.parametrize("column", [-1, 1])
def test_what_a_run_of_rows_is_above_its_bound_has_its_sign(column):
    table = RANDOM.lognormal(0.0, 9.0, (12, 3))
    order, first = RANDOM.permutation(12), np.array([0, 1, 1, 5, 12])
    columns, runs, out = np.full(4, column), np.arange(4), np.empty(4)
    sums = []
    for run in range(4):
        rows = table[order[first[run] : first[run + 1]]]
        values = rows if column < 0 else rows[:, column]
        sums.append(sum(map(Fraction, values.reshape(-1).tolist()), Fraction(0)))
    near = np.array([float(x) for x in sums])
    for bound in (near, np.nextafter(near, np.inf), np.nextafter(near, 0.0), near + 1.0):
        kernels.exact_excesses(table, order, first, columns, bound, runs, out)
        for found, total, limit in zip(out, sums, bound, strict=True):
            over = total - Fraction(float(limit))
            assert abs(Fraction(float(found)) - over) <= abs(over) / 2**50
            assert np.sign(found) == (over > 0) - (over < 0)
