"""Frames, dictionaries and columns with an index: in the order of the scores, or refused."""

import copy
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roundlot as rl
from roundlot.theory import InvalidProblemError, Problem

pd = pytest.importorskip("pandas")
WHO, WHAT = ("ann", "bob", "cy", "dee"), ("digits", "words")
SCORES = np.array([[1.0, 0.2], [2.0, 0.1], [0.5, 3.0], [1.5, 0.7]])
PLAIN = Problem(SCORES, budget=2, clients=WHO, models=WHAT)


def pandas_frame():
    return pd.DataFrame(SCORES, index=WHO, columns=WHAT)


def polars_frame():
    return pl.DataFrame({"client": WHO, "digits": SCORES[:, 0], "words": SCORES[:, 1]})


@pytest.mark.parametrize(
    "scores",
    [
        pandas_frame(),
        pandas_frame().rename_axis("client").reset_index(),
        polars_frame(),
        pytest.param("arrow", id="arrow"),
        {"client": WHO, "digits": [1, 2, 0.5, 1.5], "words": [0.2, 0.1, 3, 0.7]},
    ],
    ids=["index", "column", "polars", "arrow", "dictionary"],
)
def test_every_table_is_the_same_problem(scores) -> None:
    if isinstance(scores, str):
        pytest.importorskip("pyarrow")
        scores = polars_frame().to_arrow()
    problem = Problem(scores, budget=2)
    assert problem == PLAIN
    assert hash(problem) == hash(PLAIN)
    assert problem.names.clients == WHO
    assert problem.names.models == WHAT
    assert rl.solve(problem).probabilities.tolist() == rl.solve(PLAIN).probabilities.tolist()


@given(order=st.permutations(range(4)))
def test_a_cap_lands_on_whom_it_names(order) -> None:
    names = [WHO[i] for i in order]
    caps = dict(zip(names, [0.1 * (i + 1) for i in order], strict=True))
    expected = Problem(
        SCORES, budget=1, clients=WHO, models=WHAT, processor_cap=[0.1, 0.2, 0.3, 0.4]
    )
    for given_ in (
        caps,
        pd.Series(caps),
        pd.DataFrame({"cap": caps}),
        pl.DataFrame({"client": names, "cap": list(caps.values())}),
    ):
        found = Problem(pandas_frame(), budget=1, processor_cap=given_).processor_cap
        assert found == pytest.approx(expected.processor_cap)


@given(rows=st.permutations(range(4)), columns=st.permutations(range(2)))
def test_tables_of_pairs_are_put_in_order(rows, columns) -> None:
    floor = pandas_frame().iloc[rows, columns] / 100
    online = pandas_frame().iloc[rows, columns] > 0.15
    problem = Problem(
        pandas_frame(),
        budget=2,
        floor=floor,
        available=online,
        costs={"MB": floor},
        cost_budgets={"MB": 9},
    )
    assert problem.floor.tolist() == (SCORES / 100).tolist()
    assert problem.available.tolist() == (SCORES > 0.15).tolist()
    assert problem.costs.tolist() == [(SCORES / 100).tolist()]


def test_clients_groups_and_models_by_name() -> None:
    """By hand: eu is ann and cy, us the others; numbers follow the first appearance."""
    problem = Problem(
        pandas_frame(),
        budget=2,
        client={"dee": "b", "ann": "a", "cy": "a", "bob": "b"},
        client_cap={"b": 0.7, "a": 0.6},
        groups=pd.Series({"dee": "us", "cy": "us", "bob": "us", "ann": "us"}),
        group_caps={"us": 1.2},
        model_budgets={"words": 0.9},
        model_weights={"digits": 2.0},
    )
    assert problem.client.tolist() == [0, 1, 0, 1]
    assert problem.client_cap.tolist() == [0.6, 0.7]
    assert problem.group_caps[0].tolist() == [1.2]
    assert problem.model_budgets.tolist() == [2.0, 0.9]  # of digits, all of the budget
    assert problem.model_weights.tolist() == [2.0, 1.0]
    titles = [limit.title(0) for limit in problem.sum_limits()]
    assert titles[1:] == ["processor 'ann'", "client 'a'", "group 'us'", "model 'digits'"]


def test_a_client_in_several_rows_has_several_processors() -> None:
    frame = pl.DataFrame({"client": ["ann", "bob", "ann"], "a": [1.0, 2.0, 3.0]})
    problem = Problem(frame, budget=1, client_cap={"bob": 0.2, "ann": 0.5})
    assert problem.client.tolist() == [0, 1, 0]
    assert problem.client_cap.tolist() == [0.5, 0.2]


def test_an_index_that_merely_counts_names_nobody() -> None:
    problem = Problem(
        pd.DataFrame(SCORES, columns=WHAT), budget=2, processor_cap=pd.Series([1, 1, 1, 0.1])
    )
    assert problem.names.rows is None
    assert problem.processor_cap.tolist() == [1, 1, 1, 0.1]


def test_missing_cells_and_who_is_available() -> None:
    holes = pandas_frame()
    holes.loc["bob", "words"] = np.nan
    with pytest.raises(InvalidProblemError, match=r"column 'words', row 'bob' is NaN"):
        Problem(holes, budget=2)
    nullable = Problem(holes.convert_dtypes(), budget=2)
    assert nullable.available.tolist() == [[True, True], [True, False], [True, True], [True, True]]
    assert Problem(holes, budget=2, available=holes.notna()) == nullable
    assert (
        Problem(pl.from_pandas(holes, include_index=False, nan_to_null=True), budget=2, clients=WHO)
        == nullable
    )


FRAME = pandas_frame()
REFUSED = [
    (
        {"processor_cap": {"dea": 1}},
        r"client 'dea', which is not in the problem; did you mean 'dee'",
    ),
    ({"processor_cap": {"dee": 1}}, r"no value for client 'ann' \(and 2 more\)"),
    ({"processor_cap": pd.Series([1, 2], index=["dee", "dee"])}, "client 'dee' stands twice"),
    ({"processor_cap": {"ann": 1, "bob": -1, "cy": 1, "dee": 1}}, r"processor_cap\['bob'\] is -1"),
    ({"processor_cap": {"ann": 1, "bob": None, "cy": 1, "dee": 1}}, "client 'bob' has no value"),
    ({"floor": -FRAME}, r"floor\['ann', 'digits'\] is -1"),
    ({"floor": FRAME[["digits"]] / 9}, "floor has no value for model 'words'"),
    ({"ceiling": FRAME.T / 9}, "has client 'digits', which is not in the problem"),
    ({"model_budgets": {"wrds": 1}}, "model 'wrds', .* did you mean 'words'"),
    ({"groups": ["x", "y", "x", "y"], "group_caps": [1, 2]}, "give group_caps by name"),
    ({"groups": ["x", "y", "x", "y"], "group_caps": {"z": 2}}, "group 'z', .* valid: x, y"),
    ({"client": ["x", "y", "x", "y"], "client_cap": [1, 2]}, "give client_cap by name"),
    ({"costs": {"s": -FRAME}, "cost_budgets": {"s": 1}}, r"costs\['s', 'ann', 'digits'\] is -1"),
    ({"costs": {"s": FRAME}, "cost_budgets": {"t": 1}}, "cost row 't', .* valid: s"),
    ({"models": ["words", "text"]}, "scores has no column 'text'"),
    ({"models": ["words", "words"]}, "model 'words' stands twice"),
    ({"budget": True}, "budget must be a number, got True"),
    ({"budget": 10**400}, "budget must be a number, got 1000"),
    ({"available": FRAME > 0, "floor": FRAME.astype("datetime64[s]")}, r"must be numbers, got arr"),
    (
        {"available": (FRAME > 0).astype("boolean").mask(FRAME > 2)},
        "available must be true or false",
    ),
    ({"clients": ["x", "y", "z", "w"]}, "do not agree on"),
]


@pytest.mark.parametrize(("limits", "message"), REFUSED)
def test_names_that_do_not_fit_are_refused(limits, message) -> None:
    with pytest.raises(InvalidProblemError, match=message) as error:
        Problem(FRAME, **{"budget": 2} | limits)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (FRAME.reset_index(), "column 'index' looks like an index"),
        (FRAME.reset_index(names="row_number"), "'row_number' looks like an index"),
        (FRAME.reset_index(names="Client ID"), "'Client ID' looks like the names.*call it client"),
        (FRAME.assign(id=[17, 4, 99, 5]), "'id' looks like the names of clients"),
        (pl.DataFrame({"a": [1.5] * 12, "k": range(12)}), "'k' counts the rows, to 12"),
        ({"client": ["e\u0301", "\u00e9"], "a": [1, 2]}, "spelled in two ways"),
        ({"client": [b"ann", b"bob"], "a": [1, 2]}, "bytes; give text"),
        (FRAME.rename(columns={"words": "Unnamed: 0"}), "'Unnamed: 0' looks like an index"),
        (FRAME.set_axis(["a", "a"], axis=1), "column 'a' stands twice"),
        (FRAME.set_index("words", append=True), "index of 2 levels"),
        (FRAME.assign(region="eu"), "'region'"),
        (FRAME.assign(digits=np.inf), r"scores\['ann', 'digits'\] is inf"),
        (
            polars_frame().with_columns(digits=pl.lit(float("nan"))),
            r"scores\['ann', 'digits'\] is nan.*null",
        ),
        (polars_frame().with_columns(client=pl.lit(None)), "client 0 has no name"),
        (polars_frame().lazy(), "collect"),
        (pl.DataFrame({"client": WHO}), "no column of a model"),
        ({"digits": [1, 2], "words": [1]}, "columns of one length"),
    ],
)
def test_tables_that_do_not_fit_are_refused(scores, message) -> None:
    with pytest.raises(InvalidProblemError, match=message):
        Problem(scores, budget=2)


def test_names_without_named_scores_are_refused() -> None:
    with pytest.raises(
        InvalidProblemError, match=r"given by name .'dee'., but scores has no names"
    ):
        Problem(SCORES, budget=2, processor_cap={"dee": 1})
    with pytest.raises(InvalidProblemError, match="2 names of clients, and scores has 4 rows"):
        Problem(SCORES, budget=2, clients=["ann", "bob"])
    with pytest.raises(InvalidProblemError, match="1 names of models"):
        Problem(SCORES, budget=2, models=["a"])


def test_infeasible_limits_are_told_by_name() -> None:
    caps = dict.fromkeys(WHO, 1.0) | {"cy": 0.5}
    with pytest.raises(rl.InfeasibleError, match=r"above the cap 0.5 of client 'cy'"):
        rl.solve(Problem(FRAME, budget=9, floor=0.4, processor_cap=caps))


def test_variants_keep_the_names() -> None:
    other = replace(PLAIN, budget=1.0, processor_cap={"dee": 0.1, "ann": 1, "bob": 1, "cy": 1})
    assert other.names == PLAIN.names
    assert other.processor_cap.tolist() == [1, 1, 1, 0.1]
    assert PLAIN.with_scores(FRAME.iloc[::-1]) == PLAIN


def test_equal_problems_are_equal() -> None:
    for twin in (pickle.loads(pickle.dumps(PLAIN)), copy.deepcopy(PLAIN), copy.copy(PLAIN)):
        assert twin == PLAIN
        assert hash(twin) == hash(PLAIN)
    for other in (
        replace(PLAIN, budget=1.0),
        replace(PLAIN, floor=0.01),
        replace(PLAIN, model_budgets=1.0),
        Problem(SCORES, budget=2),
        Problem(SCORES[:2], budget=2, clients=WHO[:2], models=WHAT),
        "a problem",
    ):
        assert other != PLAIN


def test_no_library_of_frames_is_loaded() -> None:
    code = (
        "import sys, roundlot as rl;"
        "rl.solve(rl.Problem([[1.0], [2.0]], budget=1, processor_cap={'a': 1, 'b': 1},"
        " clients=['a', 'b']));"
        "print(*(m for m in ('pandas', 'polars', 'pyarrow') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(
    "call",
    [
        lambda: rl.solve(SCORES),
        lambda: rl.compare(SCORES),
        lambda: rl.least_budget(SCORES, 1.0),
        lambda: rl.least_cost(SCORES, 1.0, 1.0),
        lambda: rl.optimal_path(SCORES),
    ],
)
def test_a_table_is_no_problem_yet(call) -> None:
    with pytest.raises(InvalidProblemError, match=r"give a problem, as of .* not ndarray"):
        call()


def test_ceilings_by_name() -> None:
    ceilings = 2.0 * rl.solve(PLAIN).model_variance
    by_name = rl.least_budget(PLAIN, {"words": ceilings[1], "digits": ceilings[0]})
    assert by_name.variance_ceiling.tolist() == ceilings.tolist()
    with pytest.raises(InvalidProblemError, match="no value for model 'digits'"):
        rl.least_budget(PLAIN, {"words": 1.0})


def test_one_number_for_all_is_told_without_a_place() -> None:
    with pytest.raises(InvalidProblemError, match=r"^floor is 2; it must be finite"):
        Problem(FRAME, budget=1, floor=2)


def test_an_index_that_counts_is_names_where_the_scores_have_the_same() -> None:
    shuffled = pd.DataFrame({"a": [1.0, 2.0, 3.0]}).iloc[[2, 0, 1]]  # clients 2, 0, 1
    column = pd.Series([0.1, 0.2, 0.3])
    limits = {
        "processor_cap": column,
        "floor": column.to_frame("a") / 10,
        "available": column.to_frame("a") > 0.1,
        "groups": pd.Series(["x", "y", "y"]),
        "group_caps": {"x": 0.5, "y": 0.7},
    }
    problem = Problem(shuffled, budget=1, **limits)
    assert problem.processor_cap.tolist() == [0.3, 0.1, 0.2]
    assert problem.floor[:, 0].tolist() == [0.3 / 10, 0.1 / 10, 0.2 / 10]
    assert problem.available[:, 0].tolist() == [True, False, True]
    assert problem.groups[0].tolist() == [0, 1, 0]  # y, x, y
    assert problem.names.groups == (("y", "x"),)
    named = shuffled.set_axis(["z", "x", "y"])  # names that are no numbers: an order
    assert Problem(named, budget=1, processor_cap=column).processor_cap.tolist() == [0.1, 0.2, 0.3]
    columns = pd.DataFrame({1: [1.0, 2.0], 0: [3.0, 4.0]}, index=["x", "y"])
    problem = Problem(columns, budget=1, model_budgets=pd.Series([0.1, 0.2]))
    assert problem.model_budgets is not None
    assert problem.model_budgets.tolist() == [0.2, 0.1]  # of model 1, of model 0


def test_named_clients_have_as_many_caps_as_there_are() -> None:
    named = {"client": ["ann", "bob"], "a": [1.0, 2.0]}
    with pytest.raises(InvalidProblemError, match=r"shape \(3,\); give a scalar or \(2,\).*'ann'"):
        Problem(named, budget=1, client_cap=[1, 1, 1])
    three: dict[str, Any] = {"client": [0, 0, 1], "clients": ["ann", "bob", "cy"]}
    problem = Problem([[1.0], [2.0], [3.0]], budget=1, client_cap=[0.3, 0.4, 0.5], **three)
    assert problem.client_cap is not None
    assert problem.client_cap.tolist() == [0.3, 0.4, 0.5]  # cy has no processor, and a cap
    assert problem.names.rows == ("ann", "ann", "bob")
    with pytest.raises(InvalidProblemError, match=r"shape \(2,\); give a scalar or \(3,\)"):
        Problem([[1.0], [2.0], [3.0]], budget=1, client_cap=[0.3, 0.4], **three)


@pytest.mark.parametrize("client", [[0, 1.5], [0, -1], [0, 2], [0], [[0, 1]], [0, float("nan")]])
def test_numbers_of_named_clients_are_checked(client: Any) -> None:
    with pytest.raises(InvalidProblemError, match="client"):
        Problem([[1.0], [2.0]], budget=1, client=client, clients=["ann", "bob"])


def test_columns_in_levels_are_refused_with_the_cure() -> None:
    columns = pd.MultiIndex.from_product([["ward"], WHAT])
    frame = pd.DataFrame(SCORES, index=WHO, columns=columns)
    for scores in (frame, {("ward", "digits"): [1.0], ("ward", "words"): [2.0]}):
        with pytest.raises(InvalidProblemError, match=r"scores has columns in levels, such as \('"):
            Problem(scores, budget=1)
    frame.columns = ["-".join(map(str, column)) for column in frame.columns]  # as the text says
    assert Problem(frame, budget=1).names.models == ("ward-digits", "ward-words")
