"""What problems in memory know and tables in Parquet do not: one line that says what to do."""

import inspect

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.stream import solve_parquet
from roundlot.stream.not_offered import NOT_OFFERED
from roundlot.theory import InvalidProblemError, Problem

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def place(tmp_path):
    pq.write_table(pa.table({"a": [1.0, 2.0], "b": [3.0, 1.0]}), tmp_path / "s.parquet")
    return tmp_path / "s.parquet"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("model_variance_ceilings", 3.0, "roundlot.Problem"),
        ("available", np.ones((2, 2), bool), "null"),
        ("objective", "max", "roundlot.solve"),
    ],
)
def test_is_named_with_what_to_do(place, name, value, advice):
    with pytest.raises(InvalidProblemError, match=f"^{name} is not offered .*{advice}") as error:
        solve_parquet(place, 1.0, **{name: value})
    assert "\n" not in str(error.value)


def test_clients_are_not_a_cluster(place):
    with pytest.raises(InvalidProblemError, match=r"client is a list.*column 'client'"):
        solve_parquet(place, 1.0, client=[0, 0], client_cap=0.5)


def test_what_nobody_knows_is_a_type_error(place):
    with pytest.raises(TypeError, match="unexpected keyword argument 'bugdet'"):
        solve_parquet(place, 1.0, bugdet=2.0)


def test_every_argument_in_memory_is_offered_or_named():
    known = {*inspect.signature(Problem).parameters, *inspect.signature(solve).parameters}
    known -= {"scores", "problem"}  # the table itself
    offered = {*inspect.signature(solve_parquet).parameters}
    assert known <= offered | NOT_OFFERED.keys()
    assert not offered & NOT_OFFERED.keys()
