"""What has labels is put in order by them, or refused; no public function reads it by position."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import roundlot
from roundlot import simulate, solvers, theory, verify
from roundlot.solvers.rules.information import Observed, gather
from roundlot.theory import InvalidProblemError, Problem

# bob's row comes first where the problem below has ann's first, and y before x.
TURNED = pd.DataFrame({"y": [4.0, 3.0], "x": [2.0, 1.0]}, index=["bob", "ann"])
COLUMN = pd.Series([2.0, 1.0], index=["bob", "ann"])
SCORES = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]}, index=["ann", "bob"])

# These put arguments in order by their labels: the tests of names and those below show it.
_IN_ORDER = {
    ("compare", "losses"),
    ("compare", "step_norms"),
    ("compare", "client"),
    ("compare", "last_norms"),
    ("least_cost", "cost"),
    ("least_cost", "variance_ceiling"),
    ("least_budget", "variance_ceiling"),
    ("least_cost_of_several", "cost"),
    ("seconds_to_target", "pair_seconds"),
    ("seconds_to_target", "draw_seconds"),
}
_RECORDS = {
    "Fleet": ("samples", "processors", "speed", "link", "label_counts"),
    "Graph": ("edges", "positions"),
    "Stragglers": ("seconds",),
    "Updates": ("directions", "client", "weights"),
    "AffineClients": ("matrices", "offsets", "noise"),
    "StaleUpdates": ("beta",),
    "WorkerQuadratics": ("optima", "curvature", "start", "weights"),
    **{kind.__name__: ("probabilities",) for kind in simulate.DESIGNS},
}
# Annotated as Any: no annotation says that they take arrays.
_ANY = {"audit": ("claimed", "updates"), "waterfill": ("scores", "cap")}


def _entries() -> Iterator[Any]:
    seen: set[tuple[str, str]] = set()
    for package in (roundlot, theory, solvers, simulate, verify):
        for name in package.__all__:
            entry = getattr(package, name)
            for argument in _array_arguments(name, entry):
                if (name, argument) not in seen | _IN_ORDER:
                    seen.add((name, argument))
                    yield pytest.param(entry, argument, id=f"{name}-{argument}")


def _array_arguments(name: str, entry: Any) -> list[str]:
    if inspect.isclass(entry):
        return list(_RECORDS.get(name, ()))
    if not inspect.isfunction(entry):
        return []
    given = inspect.signature(entry).parameters
    arrays = [key for key, one in given.items() if "Array" in str(one.annotation)]
    return [*arrays, *_ANY.get(name, ())]


@pytest.mark.parametrize(("entry", "argument"), list(_entries()))
def test_labels_are_refused_where_an_argument_is_read_by_position(
    entry: Callable[..., Any], argument: str
) -> None:
    for labelled in (COLUMN, TURNED, pl.DataFrame({"y": [4.0], "x": [2.0]})):
        with pytest.raises(InvalidProblemError) as refused:
            entry(**{argument: labelled})
        text = str(refused.value)
        assert argument in text
        assert f"give {argument}.to_numpy()" in text
        assert "\n" not in text
    with pytest.raises(InvalidProblemError, match=rf"{argument}\[1\]\.to_numpy"):
        entry(**{argument: [SCORES.to_numpy(), TURNED]})


def test_methods_refuse_labels_too() -> None:
    drawn = simulate.design(SCORES.to_numpy() / 10.0)
    fleet = roundlot.Fleet(
        clients=("ann", "bob"),
        models=("x",),
        samples=np.ones((2, 1), dtype=np.int64),
        processors=np.ones(2, dtype=np.int64),
    )
    graph = solvers.Graph(nodes=("ann", "bob"), edges=np.array([[0, 1]]))
    calls: dict[str, Callable[[Any], Any]] = {
        "weights": drawn.aggregate_weight_variance,
        "client": drawn.expected_uploads,
        "probabilities": simulate.Pivotal.of,
        "online": fleet.restricted,
        "table": fleet.expand,
        "weights ": graph.laplacian,
    }
    for name, call in calls.items():
        with pytest.raises(InvalidProblemError, match=f"give {name.strip()}.to_numpy"):
            call(COLUMN)


def test_a_past_round_has_no_labels() -> None:
    with pytest.raises(InvalidProblemError, match=r"norms\.to_numpy"):
        Observed(norms=TURNED)  # type: ignore[call-arg, arg-type]


def test_labels_that_count_are_as_good_as_none() -> None:
    table = SCORES.to_numpy()
    wanted = roundlot.allocate(table, 9).counts
    kept = pd.DataFrame(table).loc[[0, 1]]
    for same in (pd.DataFrame(table), kept, pl.DataFrame(table)):
        assert np.array_equal(roundlot.allocate(same, 9).counts, wanted)
    with pytest.raises(InvalidProblemError, match="labels"):
        roundlot.allocate(kept.loc[[1, 0]], 9)


def test_tables_beside_a_problem_are_put_in_its_order() -> None:
    problem = Problem(SCORES, budget=1.0)
    known = gather(
        problem,
        losses=TURNED,
        last_norms=TURNED.replace(3.0, np.nan),
        step_norms=pd.Series([6.0, 5.0], index=["y", "x"]),
        client=pd.Series(["b", "a"], index=["bob", "ann"]),
    )
    assert known.losses is not None
    assert known.last_norms is not None
    assert known.losses.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert np.isnan(known.last_norms).tolist() == [[False, True], [False, False]]
    assert known.step_norms is not None
    assert known.step_norms.tolist() == [5.0, 6.0]
    assert known.client is not None
    assert known.client.tolist() == [0, 1]
    found = roundlot.least_cost(problem, TURNED, 100.0)
    assert found.cost.tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_a_frame_of_polars_is_put_in_order_by_its_column_of_clients() -> None:
    frame = pl.DataFrame({"client": ["bob", "ann"], "y": [4.0, 3.0], "x": [2.0, 1.0]})
    known = gather(Problem(SCORES, budget=1.0), losses=frame)
    assert known.losses is not None
    assert known.losses.tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_labels_beside_a_problem_without_names_are_refused() -> None:
    problem = Problem(SCORES.to_numpy(), budget=1.0)
    for given in ({"losses": TURNED}, {"step_norms": COLUMN}, {"client": COLUMN}):
        with pytest.raises(InvalidProblemError, match=r"\.to_numpy\(\)"):
            gather(problem, **given)  # type: ignore[arg-type]
    with pytest.raises(InvalidProblemError, match="'eve'"):
        gather(Problem(SCORES, budget=1.0), losses=TURNED.rename(index={"ann": "eve"}))


def test_errors_name_clients_and_models() -> None:
    with pytest.raises(InvalidProblemError, match=r"scores\['bob', 'x'\] is 'a lot'"):
        Problem({"client": ["ann", "bob"], "x": [1.0, "a lot"]}, budget=1.0)
    with pytest.raises(InvalidProblemError, match=r"one for each client \('ann', 'bob'\)"):
        Problem(SCORES, budget=1.0, processor_cap=[1.0, 1.0, 1.0])
    with pytest.raises(InvalidProblemError, match=r"one for each model \('x', 'y'\)"):
        Problem(SCORES, budget=1.0, model_budgets=[1.0, 1.0, 1.0])


def test_a_counting_index_is_names_where_the_problem_has_the_same() -> None:
    turned = pd.DataFrame(SCORES.to_numpy(), index=[1, 0], columns=["x", "y"])
    losses = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]})
    known = gather(Problem(turned, budget=1.0), losses=losses)
    assert known.losses is not None
    assert known.losses.tolist() == [[2.0, 4.0], [1.0, 3.0]]
    plain = gather(Problem(SCORES, budget=1.0), losses=pd.DataFrame(SCORES.to_numpy()))
    assert plain.losses is not None
    assert plain.losses.tolist() == SCORES.to_numpy().tolist()
