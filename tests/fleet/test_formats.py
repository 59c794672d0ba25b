"""The same table means the same in every format: cell by cell, and number by number."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from roundlot.cli import main
from roundlot.fleet import load_setup, read_scores, read_setup, write_scores, write_table
from roundlot.setup.reading import one_spelling
from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.index_names import may_be_clients, may_be_index

NAN, INF = float("nan"), float("inf")
CLIENTS = ("ann", "bob", "cy")
Cells = list[Any]  # of model a; model b is 1 for everybody


def csv(folder: Path, cells: Cells) -> Any:
    rows = zip(CLIENTS, ("" if c is None else str(c) for c in cells), strict=True)
    (folder / "t.csv").write_text("client,a,b\n" + "".join(f"{n},{c},1\n" for n, c in rows))
    return folder / "t.csv"


def frame(_: Path, cells: Cells) -> Any:
    return pl.DataFrame({"client": CLIENTS, "a": cells, "b": [1.0] * 3}, strict=False)


def parquet(folder: Path, cells: Cells) -> Any:
    frame(folder, cells).write_parquet(folder / "t.parquet")
    return folder / "t.parquet"


def pandas(folder: Path, cells: Cells) -> Any:
    library = pytest.importorskip("pandas")
    column = library.array([library.NA if c is None else c for c in cells], dtype="object")
    return library.DataFrame({"a": column, "b": [1.0] * 3}, index=CLIENTS)


def npz(folder: Path, cells: Cells) -> Any:
    scores = np.array([[0.0 if c is None else c, 1.0] for c in cells])
    available = np.array([[c is not None, True] for c in cells])
    np.savez(
        folder / "t.npz", scores=scores, available=available, clients=CLIENTS, models=("a", "b")
    )
    return folder / "t.npz"


FORMATS: list[Callable[[Path, Cells], Any]] = [csv, frame, parquet, pandas, npz]


@pytest.mark.parametrize("made", FORMATS)
@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        (2.5, [1, 2.5, 3]),
        (0.0, [1, 0, 3]),
        (None, [1, None, 3]),
        (NAN, r"client 'bob'.* is nan|'a' of client 'bob' is nan"),
        (INF, "'a' of client 'bob' is inf"),
        (-1.0, "'a' of client 'bob' is -1"),
    ],
)
def test_a_cell_means_the_same_in_every_format(
    tmp_path: Path, made: Callable[[Path, Cells], Any], cell: Any, outcome: Any
) -> None:
    place = made(tmp_path, [1.0, cell, 3.0])
    if isinstance(outcome, str):
        with pytest.raises(InvalidProblemError, match=outcome) as refused:
            read_scores(place)
        assert "\n" not in str(refused.value)
        return
    found = read_scores(place)
    assert found.clients == CLIENTS
    assert found.models == ("a", "b")
    expected = np.array([[NAN if c is None else c, 1.0] for c in outcome])
    np.testing.assert_array_equal(found.values, expected)


@pytest.mark.parametrize("made", [csv, frame, pandas])
@pytest.mark.parametrize("word", ["NA", "N/A", "#N/A", "null", "None", "<NA>", " ", "NaT"])
def test_words_for_missing_cells(
    tmp_path: Path, made: Callable[[Path, Cells], Any], word: str
) -> None:
    found = read_scores(made(tmp_path, ["1", word, "3"]))
    assert found.available[:, 0].tolist() == [True, False, True]


@pytest.mark.parametrize("made", [csv, frame, pandas])
@pytest.mark.parametrize("word", ["lots", "true", "1_0", "#DIV/0!"])
def test_other_words_are_refused_with_their_client(
    tmp_path: Path, made: Callable[[Path, Cells], Any], word: str
) -> None:
    with pytest.raises(InvalidProblemError, match="client 'bob', column 'a', row 2"):
        read_scores(made(tmp_path, ["1", word, "3"]))


def test_a_pandas_column_of_floats_must_say_which_nan_it_means() -> None:
    library = pytest.importorskip("pandas")
    table = library.DataFrame({"client": CLIENTS, "a": [1.0, NAN, 3.0]})
    with pytest.raises(InvalidProblemError, match=r"'a', row '1' is NaN.*convert_dtypes\(\)"):
        read_scores(table)
    assert read_scores(table.convert_dtypes()).available.tolist() == [[True], [False], [True]]


def big() -> tuple[tuple[str, ...], Any, Any]:
    """3,000 clients of which 150 are offline, with scores from a generator."""
    rng = np.random.default_rng(7)
    scores = rng.lognormal(0.0, 1.0, (3000, 2))
    offline = np.zeros(3000, dtype=bool)
    offline[rng.choice(3000, 150, replace=False)] = True
    return tuple(f"c{i:04d}" for i in range(3000)), scores, offline


def test_3000_clients_with_150_offline_get_the_same_bits_from_every_format(tmp_path: Path) -> None:
    library = pytest.importorskip("pandas")
    clients, scores, offline = big()
    expected = np.zeros_like(scores)
    available = np.repeat(~offline[:, None], 2, axis=1)
    expected = solve(Problem(scores, budget=100, available=available)).probabilities
    assert not expected[offline].any()
    assert expected[~offline].all()
    cells = {
        m: [None if off else v for v, off in zip(scores[:, s], offline, strict=True)]
        for s, m in enumerate(("a", "b"))
    }
    table = pl.DataFrame({"client": clients, **cells})
    table.write_csv(tmp_path / "t.csv")
    table.write_parquet(tmp_path / "t.parquet")
    np.savez(tmp_path / "t.npz", scores=scores, available=available)
    np.save(tmp_path / "t.npy", np.where(available, scores, 0.0))
    samples = {"client": clients, "a": np.ones(3000, int), "b": np.ones(3000, int)}
    write_table(tmp_path / "s.csv", samples)
    setup = (
        '[fleet]\nsamples = "s.csv"\n[problem]\nbudget = 100\n'
        '[scores]\nsource = "scores"\npath = "t.csv"\n'
    )
    (tmp_path / "t.toml").write_text(setup)
    for name in ("t.csv", "t.parquet", "t.npz", "t.npy", "t.toml"):
        case = read_setup(tmp_path / name, {"problem.budget": 100})
        assert case.fleet.n_clients == 3000
        assert case.table_scores is not None
        found = solve(case.problem(case.table_scores)).probabilities
        np.testing.assert_array_equal(found, expected, err_msg=name)
        if name != "t.npy":  # which can say 0 only
            assert len(case.reading.offline) == 150
    nullable = library.read_csv(
        tmp_path / "t.csv", index_col="client", dtype_backend="numpy_nullable",
        float_precision="round_trip",
    )  # fmt: skip
    masked = np.ma.masked_array(scores, mask=~available)
    for made in (nullable, table, masked):
        np.testing.assert_array_equal(solve(Problem(made, budget=100)).probabilities, expected)


def test_the_same_bits_from_dialects_programs_and_setups_and_back(tmp_path: Path) -> None:
    """Dialects of text, Parquet by pandas, Arrow, a setup of samples, and what is written."""
    library = pytest.importorskip("pandas")
    clients, scores, offline = big()
    available = np.repeat(~offline[:, None], 2, axis=1)
    expected = solve(Problem(scores, budget=100, available=available)).probabilities
    masked = np.ma.masked_array(scores, mask=~available)
    place = write_scores(tmp_path / "t.csv", masked, models=["a", "b"], clients=clients)
    table = read_scores(place)
    text = place.read_text("utf-8")
    (tmp_path / "t.tsv").write_text(text.replace(",", "\t"), "utf-8")
    german = text.replace(",", ";").replace(".", ",").replace("\n", "\r\n")
    (tmp_path / "german.csv").write_bytes(german.encode("utf-16"))
    frame = library.DataFrame(np.where(available, scores, np.nan), columns=["a", "b"])
    frame.insert(0, "client", clients)
    frame.convert_dtypes().to_parquet(tmp_path / "pandas.parquet")
    held = np.where(offline, 0, 7)
    write_table(tmp_path / "s.csv", {"client": clients, "a": held, "b": held})
    backwards = frame.iloc[::-1].convert_dtypes()
    backwards.to_csv(tmp_path / "backwards.csv", index=False)
    (tmp_path / "t.toml").write_text(
        '[fleet]\nsamples = "s.csv"\n[scores]\nsource = "scores"\npath = "backwards.csv"\n'
    )
    for name in ("t.tsv", "german.csv", "pandas.parquet", "t.toml"):
        case = read_setup(tmp_path / name, {"problem.budget": 100})
        assert case.table_scores is not None
        found = solve(case.problem(case.table_scores)).probabilities
        np.testing.assert_array_equal(found, expected, err_msg=name)
        assert len(case.reading.offline) == 150
    arrow = pl.read_parquet(tmp_path / "pandas.parquet").to_arrow()
    np.testing.assert_array_equal(read_scores(arrow).values, table.values)
    out = tmp_path / "p.csv"
    assert main(["solve", str(tmp_path / "t.tsv"), "--budget", "100", "--out", str(out)]) == 0
    np.testing.assert_array_equal(read_scores(out).values, expected)


def test_offline_in_a_setup_by_samples_and_by_scores(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,a,b\nann,4,4\nbob,0,\ncy,20,4\ndee,5,5\n")
    (tmp_path / "n.csv").write_text("client,a,b\ncy,1,1\nbob,,\nann,1,2\ndee,NA,#N/A\n")
    (tmp_path / "t.toml").write_text(
        '[fleet]\nsamples = "s.csv"\n[problem]\nbudget = 1\n'
        '[scores]\nsource = "norms"\npath = "n.csv"\n'
    )
    setup = load_setup(tmp_path / "t.toml")
    assert setup.fleet.clients == ("ann", "bob", "cy", "dee")
    assert setup.reading.offline == ("bob", "dee")
    (note,) = setup.reading.notes()
    assert note == (
        "2 clients are offline for every model and stay with probability 0: 'bob', 'dee'"
    )
    np.testing.assert_allclose(setup.fleet.data_weights[:, 0], [4 / 24, 0, 20 / 24, 0])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.floats(0, 1e100), min_size=3, max_size=3))
def test_any_numbers_and_gaps_come_back_from_every_format(tmp_path: Path, cells: Cells) -> None:
    if all(cell is None for cell in cells):
        cells = [1.0, None, None]
    expected = np.array([NAN if cell is None else cell for cell in cells])
    for made in FORMATS:
        found = read_scores(made(tmp_path, cells)).values[:, 0]
        np.testing.assert_array_equal(found, expected, err_msg=made.__name__)


@pytest.mark.parametrize(
    ("scores", "said"),
    [([[1.0], [NAN]], "'model 0' of client '1' is nan.*npz"), ([[1.0], [INF]], "is inf")],
)
def test_an_array_without_names_refuses_what_diverged(
    tmp_path: Path, scores: Any, said: str
) -> None:
    np.save(tmp_path / "t.npy", scores)
    with pytest.raises(InvalidProblemError, match=said):
        read_scores(tmp_path / "t.npy")


#: Letters of names, with all that has a meaning in a text table.
LETTERS = st.one_of(
    st.sampled_from(',;|\t\n"#=\\ 0.'), st.characters(exclude_categories=("C", "Z"))
)
NAMES = st.text(LETTERS, min_size=1, max_size=8).map(one_spelling).filter(bool)
NUMBERS = st.floats(min_value=0, max_value=1.7976931348623157e308, allow_subnormal=True)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clients=st.lists(NAMES, min_size=1, max_size=6, unique=True),
    models=st.lists(NAMES, min_size=2, max_size=2, unique=True),
    data=st.data(),
    kind=st.sampled_from(["csv", "parquet"]),
)
def test_what_we_write_we_read_back_name_by_name_and_bit_by_bit(
    tmp_path: Path, clients: list[str], models: list[str], data: st.DataObject, kind: str
) -> None:
    assume(not any(may_be_clients(model) or may_be_index(model) for model in models))
    assume(not {"client", "processor"} & set(models))
    rows = st.lists(NUMBERS, min_size=len(models), max_size=len(models))
    values = np.array(data.draw(st.lists(rows, min_size=len(clients), max_size=len(clients))))
    place = write_scores(tmp_path / f"s.{kind}", values, models=models, clients=clients)
    found = read_scores(place, models=models)
    assert found.clients == tuple(clients)
    assert found.models == tuple(models)
    np.testing.assert_array_equal(found.values.view(np.int64), values.view(np.int64))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"models": ["client"]}, "'client', which is no model"),
        ({"models": ["Unnamed: 0"]}, "'Unnamed: 0', which is no model"),
        ({"models": ["a"], "clients": ["ann", "ann "]}, "in two ways that look alike"),
        ({"models": ["a"], "clients": ["ann", ""]}, "client 1 has no name"),
    ],
)
def test_names_that_could_not_be_read_are_not_written(
    tmp_path: Path, names: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(InvalidProblemError, match=message):
        write_scores(tmp_path / "s.csv", [[1.0], [2.0]], **names)
    assert not (tmp_path / "s.csv").exists()


def test_names_that_hold_what_parts_cells_elsewhere_are_read_back(tmp_path: Path) -> None:
    place = write_scores(tmp_path / "s.csv", [[1, 2]], models=["0", "0\t0"], clients=["0\t0"])
    assert place.read_text("utf-8") == '"client","0","0\t0"\n"0\t0",1.0,2.0\n'
    assert read_scores(place).models == ("0", "0\t0")
    assert read_scores(place).clients == ("0\t0",)
    write_scores(place, [[1], [2]], models=["a"], clients=["ann", "bob"])
    assert place.read_text("utf-8") == "client,a\nann,1.0\nbob,2.0\n"
