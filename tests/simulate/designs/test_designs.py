from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from roundlot.simulate import DESIGNS, Design, Turns, design
from roundlot.simulate.philox import BITS, STREAM_PROCESSOR, words_numpy
from roundlot.theory import InfeasibleError, InvalidProblemError

NAMES = [kind.name for kind in DESIGNS]
MakeTable = Callable[..., np.ndarray]


@pytest.fixture(params=[*NAMES, "cyclic"])
def drawn(request: pytest.FixtureRequest, make_probabilities: MakeTable) -> Design:
    table = make_probabilities((40, 3), total=0.3)
    return (
        Turns.of(table, order="cyclic")
        if request.param == "cyclic"
        else design(table, request.param)
    )


def test_draws_are_the_same_in_any_chunking_and_from_any_start(drawn: Design) -> None:
    whole = drawn.draw(101, seed=5)
    pieces = [drawn.draw(n, seed=5, start=s) for s, n in ((0, 1), (1, 60), (61, 40))]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert whole.shape == (101, 40)
    assert whole.min() == -1
    assert whole.max() == 2


def test_numba_and_torch_draw_the_same(drawn: Design) -> None:
    start = 2**32 - 20
    expected = drawn.draw(64, seed=11, start=start)
    assert np.array_equal(drawn.draw_torch(64, seed=11, start=start).numpy(), expected)


@pytest.mark.gpu
def test_a_gpu_draws_the_same(drawn: Design) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    expected = drawn.draw(64, seed=11, start=3)
    got = drawn.draw_torch(64, seed=11, start=3, device="cuda")
    assert np.array_equal(got.cpu().numpy(), expected)


def test_seeds_differ(drawn: Design) -> None:
    assert not np.array_equal(drawn.draw(20, seed=1), drawn.draw(20, seed=2))


def test_no_rounds_give_an_empty_table(drawn: Design) -> None:
    assert drawn.draw(0).shape == (0, 40)


def test_an_independent_draw_is_the_first_threshold_above_the_word(
    make_probabilities: MakeTable,
) -> None:
    rule = design(make_probabilities((6, 4)))
    words = words_numpy(50, 6, stream=STREAM_PROCESSOR, seed=3)
    picks = rule.draw(50, seed=3)
    for row, who in np.ndindex(50, 6):
        bounds = np.cumsum([rule.fraction(who, s) for s in range(4)])
        above = [s for s in range(4) if Fraction(int(words[row, who]), 2**BITS) < bounds[s]]
        assert picks[row, who] == (above[0] if above else -1)


def test_frequencies_fit(drawn: Design) -> None:
    """Chi-square over all pairs at a false-alarm rate of 1e-6, a fixed seed."""
    rounds = 30_000
    picks = drawn.draw(rounds, seed=2)
    p = drawn.probabilities
    counts = np.stack([(picks == s).sum(axis=0) for s in range(3)], axis=1)
    if drawn.name not in ("independent", "turns", "blocks"):
        error = np.abs(counts - rounds * p) / np.sqrt(rounds * p * (1 - p))
        assert error.max() < 5.5  # 120 pairs, each binomial: a false alarm in 5e-6 of seeds
        return
    if drawn.name == "independent":
        seen = np.column_stack([counts, rounds - counts.sum(axis=1)])
        asked = rounds * np.column_stack([p, 1 - p.sum(axis=1)])
        degrees = p.size
    else:  # given the turns, one binomial per pair
        turns = np.bincount(drawn.turns(rounds, seed=2), minlength=3)
        assert np.abs(turns / rounds - 1 / 3).max() < 5 * np.sqrt(2 / 9 / rounds)
        turns = turns[(np.arange(3) - drawn.block[:, None]) % 3]
        seen, asked = (np.hstack([t, turns - t]) for t in (counts, turns * 3 * p))
        degrees = p.size
    statistic = ((seen - asked) ** 2 / asked).sum()
    assert chi2.ppf(1e-6, degrees) < statistic < chi2.isf(1e-6, degrees)


def test_processors_draw_independently_of_each_other(make_probabilities: MakeTable) -> None:
    rounds = 40_000
    picks = design(make_probabilities((2, 2), total=0.6)).draw(rounds, seed=4)
    table = np.zeros((3, 3))
    np.add.at(table, (picks[:, 0], picks[:, 1]), 1)
    asked = np.outer(table.sum(axis=1), table.sum(axis=0)) / rounds
    assert ((table - asked) ** 2 / asked).sum() < chi2.isf(1e-6, 4)


def test_turns_give_a_round_to_one_model(make_probabilities: MakeTable) -> None:
    table = make_probabilities((40, 3), total=0.3)
    for order in ("random", "cyclic"):
        rule = Turns.of(table, order=order)
        picks, turns = rule.draw(60, seed=8), rule.turns(60, seed=8)
        assert all(set(row) <= {-1, turn} for row, turn in zip(picks, turns, strict=True))
        assert set(turns) == {0, 1, 2}
    assert np.array_equal(np.diff(turns) % 3, np.ones(59))


def test_turn_shares_add_up_exactly() -> None:
    for n_models in (1, 2, 3, 7):
        edges = Turns.of(np.full((2, n_models), 0.5 / n_models)).edges[0]
        shares = np.diff(edges, prepend=0)
        assert edges[-1] == 2**BITS
        assert np.abs(shares - 2**BITS // n_models).max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_what_was_asked_for_is_what_is_drawn(name: str, make_probabilities: MakeTable) -> None:
    table = make_probabilities((30, 4), total=0.24)
    rule = design(table, name)
    np.testing.assert_allclose(rule.probabilities, table, rtol=1e-13, atol=0)
    for pair in np.ndindex(30, 4):
        exact = rule.fraction(*pair)
        if name not in ("turns", "blocks", "conditional poisson"):
            assert exact == Fraction(rule.probabilities[pair])
        close = Fraction(1, 2**52 if name != "conditional poisson" else 2**42)
        assert abs(exact - Fraction(table[pair])) <= close * Fraction(table[pair])
        assert abs(float(exact) - rule.probabilities[pair]) <= 1e-12 * table[pair]


ROWS = st.lists(
    st.one_of(
        st.floats(0, 1),
        st.sampled_from([0.0, 1.0, 1e-320, 2.0**-63, 2.0**-62, 1e-30, 0.1, 1 / 3, 2.0**-10]),
    ),
    min_size=1,
    max_size=6,
)


@given(ROWS)
def test_grid_probabilities_are_exact_and_feasible(row: list[float]) -> None:
    asked = np.array([row])
    asked /= max(asked.sum(), 1.0)
    rule = design(asked)
    exact = [rule.fraction(0, s) for s in range(len(row))]
    assert sum(exact) <= 1
    assert [float(q) for q in exact] == list(rule.probabilities[0])
    if sum(exact) < 1:
        assert exact == [Fraction(p) for p in rule.probabilities[0]]
    for p, q in zip(asked[0], exact, strict=True):
        assert (q > 0) == (p > 0)
        assert abs(q - Fraction(p)) <= Fraction(len(row), 2**52)
        if p >= 2.0**-10 and sum(Fraction(x) for x in asked[0]) <= 1:
            assert q == Fraction(p) or sum(exact) > 1 - Fraction(len(row), 2**52)


def test_a_row_that_rounding_puts_above_one_is_trimmed() -> None:
    row = np.array([[0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3 + 1e-15], [1.0, 1e-30, 0.0]])
    rule = design(row)
    for who in range(3):
        assert sum(rule.fraction(who, s) for s in range(3)) <= 1
    np.testing.assert_allclose(rule.probabilities, row, rtol=1e-14, atol=2.0**-62)


def test_certain_and_impossible_pairs() -> None:
    table = np.array([[0.0, 1.0], [0.0, 0.0], [0.5, 0.5]])
    picks = design(table).draw(500, seed=1)
    assert set(picks[:, 0]) == {1}
    assert set(picks[:, 1]) == {-1}
    assert set(picks[:, 2]) == {0, 1}


def test_a_solution_is_taken_by_its_probabilities(make_probabilities: MakeTable) -> None:
    table = make_probabilities((5, 2))
    rule = design(SimpleNamespace(probabilities=table))
    np.testing.assert_allclose(rule.probabilities, table, rtol=1e-15)
    assert not rule.probabilities.flags.writeable
    assert rule.expected_draws == pytest.approx(table.sum())
    assert table.flags.writeable


BAD = [
    ([[0.5, np.nan]], r"probabilities\[0, 1\] is nan"),
    ([[0.5, 0.1], [-0.1, 0.1]], r"probabilities\[1, 0\] is -0\.1"),
    ([[1.1, 0.0]], r"probabilities\[0, 0\] is 1\.1"),
    ([[0.5, 0.2], [0.6, 0.5]], r"processor 1 sum to 1\.1"),
    ([[0.5 + 1e-9, 0.5]], r"processor 0 sum to 1\.000000001"),
    ([0.5, 0.5], r"shape \(2,\)"),
    (np.zeros((0, 3)), r"shape \(0, 3\)"),
    ([["a", "b"]], "must be numbers"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("table", "message"), BAD)
def test_bad_probabilities_are_refused_by_name(name: str, table: object, message: str) -> None:
    with pytest.raises(InvalidProblemError, match=message):
        design(table, name)


def test_turns_refuse_more_than_their_share() -> None:
    with pytest.raises(InfeasibleError, match=r"probabilities\[0, 1\] is 0\.6.*1/S = 0\.5"):
        design([[0.1, 0.6]], "turns")
    with pytest.raises(InvalidProblemError, match="order is 'fixed'"):
        Turns.of([[0.1, 0.1]], order="fixed")  # type: ignore[arg-type]
    assert design([[0.5, 0.5]], "turns").draw(50, seed=0).min() >= 0


def test_an_unknown_design_lists_the_known() -> None:
    with pytest.raises(InvalidProblemError, match="'independent', 'turns'"):
        design([[0.5]], "lottery")
