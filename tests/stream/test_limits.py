"""Streams under further limits: the optimum of the table in memory, feasible as fractions."""

import itertools
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.solvers import certify, solve
from roundlot.solvers.streams import survey
from roundlot.stream import problems, solve_parquet
from roundlot.stream.limits import Limits
from roundlot.stream.problems import ParquetProblem
from roundlot.stream.scores import ParquetScores
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

MODELS = ("a", "b", "c")
KINDS = ("available", "floor", "ceiling", "cap", "client", "tree", "models", "costs")


def problem_of(kinds: tuple[str, ...], seed: int = 0, rows: int = 72) -> Problem:
    """A feasible problem whose clients and groups lie together."""
    rng = np.random.default_rng(seed)
    scores = rng.lognormal(0.0, 1.5, (rows, 3)) * (rng.random((rows, 3)) > 0.1)
    given: dict[str, Any] = {"budget": 0.15 * rows}
    if "available" in kinds:
        given["available"] = rng.random((rows, 3)) < 0.8
    if "floor" in kinds:
        given["floor"] = 0.02 * rng.random((rows, 3))
    if "ceiling" in kinds:
        given["ceiling"] = 0.1 + 0.8 * rng.random((rows, 3))
    if "cap" in kinds:
        given["processor_cap"] = 0.2 + 0.6 * rng.random(rows)
    owner = np.arange(rows)
    if "client" in kinds:
        owner = np.unique(np.sort(rng.integers(0, rows // 3, rows)), return_inverse=True)[1]
        held = np.bincount(owner)
        given |= {"client": owner, "client_cap": 0.1 + 0.06 * held + 0.5 * rng.random(held.size)}
    if "tree" in kinds:
        fine, coarse = owner // 4, owner // 12
        given["groups"] = [fine, coarse]
        given["group_caps"] = [0.9 + 0.1 * np.bincount(fine), 1.5 + 0.15 * np.bincount(coarse)]
    if "models" in kinds:
        given["model_budgets"] = given["budget"] * np.array([0.2, 0.3, 0.35])
    if "costs" in kinds:
        given["costs"] = rng.random((2, rows, 3))
        given["cost_budgets"] = given["budget"] * np.array([0.3, 0.4])
    return Problem(scores, model_weights=[1.0, 2.0, 0.5], **given)


def write(problem: Problem, path: Path, *, group: int = 37) -> dict[str, Any]:
    """The table of a problem; what `solve_parquet` is to be given beside it."""
    columns: dict[str, Any] = {
        model: pa.array(problem.scores[:, s], mask=~problem.available[:, s])
        for s, model in enumerate(MODELS)
    }
    given: dict[str, Any] = {"budget": problem.budget, "models": MODELS}
    given["model_weights"] = problem.model_weights.tolist()
    tables = {"floor": problem.floor, "ceiling": problem.ceiling}
    if problem.costs is not None and problem.cost_budgets is not None:
        tables |= {f"cost{k}": cost for k, cost in enumerate(problem.costs)}
        given["cost_budgets"] = {
            f"cost{k}": float(budget) for k, budget in enumerate(problem.cost_budgets)
        }
    for name, table in tables.items():
        columns |= {f"{name} {model}": table[:, s] for s, model in enumerate(MODELS)}
        spec = {model: f"{name} {model}" for model in MODELS}
        if name.startswith("cost"):
            given.setdefault("costs", {})[name] = spec
        else:
            given[name] = spec
    columns["cap"], given["processor_cap"] = problem.processor_cap, "cap"
    if problem.client is not None and problem.client_cap is not None:
        columns["client"] = [f"client {i}" for i in problem.client]
        caps = enumerate(problem.client_cap.tolist())
        given["client_cap"] = {f"client {i}": cap for i, cap in caps}
    if problem.groups:
        fine, coarse = problem.groups
        columns["cell"], columns["region"] = [f"cell {g}" for g in fine], coarse
        columns["region cap"] = problem.group_caps[1][coarse]
        given["groups"] = ["cell", "region"]
        cells = {f"cell {g}": cap for g, cap in enumerate(problem.group_caps[0].tolist())}
        given["group_caps"] = [cells, "region cap"]
    if problem.model_budgets is not None:
        given["model_budgets"] = dict(zip(MODELS, problem.model_budgets.tolist(), strict=True))
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return given


def read(path: Path) -> np.ndarray:
    """``(V, S)``, the probabilities in a file, or in all of a folder."""
    table = pq.read_table(path)
    return np.column_stack([table.column(model).to_numpy() for model in MODELS])


SETS = [
    *((kind,) for kind in KINDS),
    ("floor", "cap", "client", "models"),
    ("available", "ceiling", "tree", "costs"),
    KINDS,
]


def test_the_budget_that_floors_need_is_the_least(tmp_path):
    pq.write_table(pa.table({"a": [1.0] * 6, "b": [1.0] * 6}), tmp_path / "s.parquet")
    with pytest.raises(InfeasibleError, match=r"or a budget of 6\.0$"):
        solve_parquet(tmp_path / "s.parquet", 5.0, floor=0.5)
    assert solve_parquet(tmp_path / "s.parquet", 6.0, floor=0.5).gap < 1e-12


def require_feasible(problem: Problem, p: np.ndarray) -> None:
    """All limits of real sums of the float64 values."""
    low, high = problem.bounds
    assert np.all((p >= low) & (p <= high))
    exact = [[Fraction(x) for x in row] for row in p.tolist()]
    for limit in problem.sum_limits():
        for row, bound in enumerate(limit.bound.tolist()):
            places = zip(*(x.tolist() for x in limit.entries(row)), strict=True)
            assert sum(Fraction(c) * exact[v][s] for v, s, c in places) <= Fraction(bound)


@pytest.mark.parametrize(
    ("kinds", "batch_rows"), list(zip(SETS, itertools.cycle([1, 7, 64, 1000]), strict=False))
)
def test_the_optimum_of_the_table_in_memory(kinds, batch_rows, tmp_path):
    problem = problem_of(kinds, seed=len(kinds))
    given = write(problem, tmp_path / "s.parquet")
    found = solve_parquet(
        tmp_path / "s.parquet", out=tmp_path / "p.parquet", batch_rows=batch_rows, **given
    )
    p, whole = read(tmp_path / "p.parquet"), solve(problem)
    require_feasible(problem, p)
    assert found.gap < 1e-12
    assert found.objective == pytest.approx(whole.objective, rel=1e-13)
    # Each bound is below what the other found, and the objective is that of what was written.
    other = whole.certificate
    assert found.lower_bound <= other.objective
    assert other.lower_bound <= found.objective
    assert certify(problem, p, other.multipliers).objective == pytest.approx(
        found.objective, rel=1e-14
    )
    assert found.passes <= 8


def test_any_block_size_gives_the_same_within_the_gap(tmp_path):
    given = write(problem_of(KINDS, seed=9), tmp_path / "s.parquet")
    answers = []
    for batch_rows in (1, 7, 64, 1000):
        found = solve_parquet(
            tmp_path / "s.parquet", out=tmp_path / "p.parquet", batch_rows=batch_rows, **given
        )
        answers.append((found, read(tmp_path / "p.parquet")))
    first = answers[0]
    for found, p in answers[1:]:
        np.testing.assert_allclose(p, first[1], rtol=1e-11)
        assert found.objective == pytest.approx(first[0].objective, rel=1e-14)
        assert found.lower_bound <= first[0].objective


def test_a_sample_is_enough_to_begin_with_and_prices_are_better(tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "SAMPLE", 60)
    problem = problem_of(("cap", "models", "tree"), rows=600)
    given = write(problem, tmp_path / "s.parquet")
    first = solve_parquet(tmp_path / "s.parquet", batch_rows=100, **given)
    again = solve_parquet(tmp_path / "s.parquet", batch_rows=100, start=first, **given)
    assert first.gap < 1e-12
    assert again.passes == 3  # a survey, one look at the prices, and the probabilities
    assert again.passes < first.passes <= 12
    whole = solve(problem).multipliers
    np.testing.assert_allclose(
        first.prices.models, np.ldexp(whole.models, 2 * whole.exponent), rtol=1e-9
    )


def test_arrays_are_as_good_as_columns(tmp_path):
    problem = problem_of(("floor", "ceiling", "cap", "costs"), seed=5)
    given = write(problem, tmp_path / "s.parquet")
    one = solve_parquet(tmp_path / "s.parquet", out=tmp_path / "p.parquet", batch_rows=50, **given)
    given |= {"floor": problem.floor, "ceiling": problem.ceiling}
    given |= {"processor_cap": problem.processor_cap}
    given["costs"] = {"cost0": problem.costs[0], "cost1": problem.costs[1]}
    other = solve_parquet(
        tmp_path / "s.parquet", out=tmp_path / "q.parquet", batch_rows=50, **given
    )
    assert np.array_equal(read(tmp_path / "p.parquet"), read(tmp_path / "q.parquet"))
    assert (one.objective, one.lower_bound) == (other.objective, other.lower_bound)


def test_floors_that_use_up_the_budget_are_the_answer(tmp_path):
    floor = np.full((40, 3), 0.05)
    budget = float(sum(map(Fraction, floor.ravel().tolist())))
    problem = Problem(np.random.default_rng(0).random((40, 3)) + 0.1, budget=budget, floor=floor)
    given = write(problem, tmp_path / "s.parquet")
    if Fraction(budget) < sum(map(Fraction, floor.ravel().tolist())):
        given["budget"] = np.nextafter(budget, np.inf)
    solve_parquet(tmp_path / "s.parquet", out=tmp_path / "p.parquet", batch_rows=9, **given)
    np.testing.assert_allclose(read(tmp_path / "p.parquet"), floor, rtol=1e-14)


def test_costs_alone_may_limit_the_draws(tmp_path):
    scores = np.random.default_rng(0).lognormal(size=(40, 3))
    cost = np.random.default_rng(1).random((40, 3))
    given = write(Problem(scores, budget=9.0), tmp_path / "s.parquet")
    given |= {"budget": None, "costs": {"joule": cost}, "cost_budgets": {"joule": 4.0}}
    found = solve_parquet(tmp_path / "s.parquet", out=tmp_path / "p.parquet", batch_rows=7, **given)
    whole = solve(Problem(scores, budget=None, costs=cost, cost_budgets=[4.0]))
    np.testing.assert_allclose(read(tmp_path / "p.parquet"), whole.probabilities, rtol=1e-11)
    assert found.budget is None
    assert found.prices.budget == 0.0


@pytest.mark.parametrize("floor", [0.0, 0.001])
def test_a_model_that_nobody_can_train_is_named(floor, tmp_path):
    place = table(tmp_path / "s.parquet", c=pa.array([None] * 3000, pa.float64()))
    with pytest.raises(InvalidProblemError, match="nobody can train model 'c'"):
        solve_parquet(place, 50.0, floor=floor)
    solve_parquet(place, 50.0, tmp_path / "p.parquet", floor=floor, allow_unreachable=True)
    assert not read(tmp_path / "p.parquet")[:, 2].any()


def test_a_cap_above_one_is_no_probability_above_one(tmp_path):
    scores = np.array([[100.0, 1.0, 1.0], *([[1.0, 1.0, 1.0]] * 50)])
    pq.write_table(pa.table(dict(zip(MODELS, scores.T, strict=True))), tmp_path / "s.parquet")
    solve_parquet(tmp_path / "s.parquet", 20.0, tmp_path / "p.parquet", processor_cap=2.0)
    p = read(tmp_path / "p.parquet")
    assert p.max() <= 1.0
    whole = solve(Problem(scores, budget=20.0, processor_cap=2.0))
    np.testing.assert_allclose(p, whole.probabilities, rtol=1e-12)


def table(path: Path, **columns: object) -> Path:
    count = len(next(iter(columns.values())))
    scores = {"a": np.ones(count), "b": np.ones(count)}
    pq.write_table(pa.table(scores | columns), path)
    return path


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_infeasible_limits_are_named(batch_rows, tmp_path):
    clients = ["ann", "ann", "bob", "bob"]
    place = table(tmp_path / "s.parquet", client=clients, low=[0.1, 0.1, 0.4, 0.4])
    cases = [
        ({"budget": 1.0, "floor": "low"}, "floors sum to 2, 1 above the budget 1"),
        (
            {"budget": 3.0, "floor": "low", "processor_cap": 0.5},
            "the cap 0.5 of processor 'bob, row 3'",
        ),
        ({"budget": 3.0, "floor": "low", "client_cap": 1.0}, "the cap 1 of client 'bob'"),
        (
            {"budget": 3.0, "floor": "low", "model_budgets": {"a": 0.5, "b": 2.0}},
            "0.5 above the budget 0.5 of model 'a'",
        ),
        (
            {"budget": 3.0, "model_budgets": {"a": 0.0, "b": 2.0}},
            "leaves 0 for row 1 and model 'a'",
        ),
        (
            {
                "budget": 3.0,
                "floor": "low",
                "costs": {"joule": 2.0},
                "cost_budgets": {"joule": 3.0},
            },
            "floors cost 4, 1 above the budget 3 of cost row 'joule'",
        ),
        ({"budget": 3.0, "floor": "low", "ceiling": 0.3}, "above its ceiling 0.3"),
    ]
    for given, words in cases:
        with pytest.raises(InfeasibleError, match=words):
            solve_parquet(
                place, out=tmp_path / "p.parquet", batch_rows=batch_rows, models=["a", "b"], **given
            )
        assert not (tmp_path / "p.parquet").exists()


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
def test_groups_that_come_back_are_named(batch_rows, tmp_path):
    def refused(regions: list[str], cells: list[str], words: str) -> None:
        place = table(tmp_path / "s.parquet", region=regions, cell=cells)
        with pytest.raises(InvalidProblemError, match=words):
            solve_parquet(
                place,
                1.0,
                models=["a", "b"],
                batch_rows=batch_rows,
                groups=["cell", "region"],
                group_caps=[1.0, 1.0],
            )

    north, south = "north", "south"
    back = r"'north' of column 'region' comes back.*row 4\).*sort the table by region, cell"
    refused([north, south, south, north], ["x", "y", "y", "z"], back)
    refused([north, north, south, south], ["x", "y", "y", "z"], r"'y'|group of level 0 'y'")


def test_rows_of_a_folder_are_those_of_their_files(tmp_path):
    for name, low in (("a", [0.1, 0.1]), ("b", [0.1, 0.9])):
        table(tmp_path / f"{name}.parquet", low=low)
    with pytest.raises(InfeasibleError, match=r"processor 'b.parquet row 2'"):
        solve_parquet(tmp_path, 3.0, models=["a", "b"], floor="low", batch_rows=3)


@pytest.mark.parametrize("size", [1e300, 1e-305])
def test_scores_at_the_ends_of_the_range(size, tmp_path):
    scores = np.random.default_rng(0).lognormal(size=(20, 3))
    given = write(Problem(scores * size, budget=5.0, floor=0.01), tmp_path / "s.parquet")
    found = solve_parquet(tmp_path / "s.parquet", out=tmp_path / "p.parquet", batch_rows=7, **given)
    assert found.gap < 1e-12
    whole = solve(Problem(scores, budget=5.0, floor=0.01))
    np.testing.assert_allclose(read(tmp_path / "p.parquet"), whole.probabilities, rtol=1e-11)


@pytest.mark.parametrize("power", [-664, 664, 450, -450])
@pytest.mark.parametrize("floor", [None, 0.0, 0.01])
def test_numbers_beyond_float64_are_in_a_power_of_four(power, floor, tmp_path):
    """Scores near 1e-200 or 1e200, and some that float64 holds the squares of."""
    rows = 20 if floor is not None else 3000
    scores = np.random.default_rng(0).lognormal(size=(rows, 3))
    place = tmp_path / "s.parquet"

    def found(shift):
        given = write(Problem(np.ldexp(scores, shift), budget=5.0, floor=floor or 0.0), place)
        given = {"budget": 5.0, "models": ("a", "b", "c")} if floor is None else given
        return solve_parquet(place, out=tmp_path / "p.parquet", batch_rows=rows // 3, **given)

    plain, far = found(0), found(power)
    p = read(tmp_path / "p.parquet")
    assert plain.unit == 0
    assert (far.unit == 0) == (abs(power) == 450)
    assert far.gap < 1e-12
    assert (far.threshold is None) == (floor is not None)
    for value in (far.objective, far.lower_bound):
        moved = Fraction(value) * Fraction(4) ** (far.unit - power)
        assert float(moved) == pytest.approx((scores**2 / p).sum(), rel=1e-12)
    if far.prices is not None and far.prices.budget:
        price = Fraction(far.prices.budget) * Fraction(4) ** (far.prices.unit - power)
        assert float(price) == pytest.approx(plain.prices.budget, rel=1e-9)
    mantissa, _, exponent = far.objective_text.partition("e")
    assert float(mantissa) > 0.0
    assert abs(power) == 450 or abs(int(exponent)) > 308


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"floor": "lov"}, "no column 'lov'"),
        ({"floor": "word"}, "column 'word' is string"),
        ({"floor": "low"}, r"column 'low' \(floor\) has no value in .*row 2"),
        ({"floor": -0.1}, "floor is -0.1"),
        ({"floor": {"a": 0.1}}, "no value for model 'b'"),
        ({"floor": {"a": 0.1, "b": 0.1, "c": 0.1}}, "names model 'c'"),
        ({"processor_cap": np.ones(3)}, r"processor_cap has shape \(3,\).*2 rows"),
        ({"client_cap": {"ann": 1.0, "bob": 1.0, "eve": 1.0}}, "cap of 'eve'"),
        ({"groups": "word", "group_caps": "two"}, "two caps of 'x'"),
        ({"groups": "gap", "group_caps": 1.0}, "column 'gap' has an empty cell"),
        ({"groups": "word"}, "groups have neither caps nor floors"),
        ({"costs": {"joule": 1.0}}, "'joule' is in one of them only"),
        ({"costs": [1.0], "cost_budgets": [1.0]}, "costs is a list; give a dictionary"),
        ({"group_caps": 1.0}, "group_caps needs groups"),
        ({"client_cap": [1.0, 1.0]}, r"caps of column 'client' are \[1.0, 1.0\]"),
        ({"model_budgets": {"c": 1.0}}, "names model 'c'"),
    ],
)
def test_limits_that_do_not_fit_are_named(given, words, tmp_path):
    place = table(
        tmp_path / "s.parquet",
        client=["ann", "bob"],
        low=pa.array([0.1, None]),
        word=["x", "x"],
        two=[1.0, 2.0],
        gap=pa.array(["x", None]),
    )
    with pytest.raises(InvalidProblemError, match=words):
        solve_parquet(place, 1.0, tmp_path / "p.parquet", models=["a", "b"], **given)
    assert not (tmp_path / "p.parquet").exists()


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    given = write(problem_of(("floor",)), tmp_path / "s.parquet")
    (tmp_path / "p.parquet").write_bytes(b"old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(problems, "finished", stop)
    with pytest.raises(KeyboardInterrupt):
        solve_parquet(tmp_path / "s.parquet", out=tmp_path / "p.parquet", **given)
    assert (tmp_path / "p.parquet").read_bytes() == b"old"
    assert sorted(x.name for x in tmp_path.iterdir()) == ["p.parquet", "s.parquet"]


def test_parts_for_machines_end_where_groups_end(tmp_path):
    problem = problem_of(KINDS, seed=2)
    given = write(problem, tmp_path / "s.parquet", group=10)
    del given["models"]
    given["groups"], given["group_caps"] = tuple(given["groups"]), tuple(given["group_caps"])
    limits = Limits(**given)
    scores = ParquetScores.at(tmp_path / "s.parquet", models=MODELS, others=limits.columns)
    parts = ParquetProblem.of(scores, limits).parts()
    assert 1 < len(parts) < 12
    region = problem.groups[1]
    for part in parts[1:]:
        first = part.scores.rows[0]
        assert region[first] != region[first - 1]
    counts = [part.total(lambda block: block.problem.n_processors) for part in parts]
    assert sum(counts) == problem.n_processors


MEASURED = """
import sys
from roundlot.stream import solve_parquet
peak = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
def solved(place, rows):
    return solve_parquet(place, 0.3 * rows, sys.argv[3], models=["a", "b", "c"], batch_rows=5000,
        floor="low", groups="region", group_caps=60.0, model_budgets={"a": 0.05 * rows})
solved(sys.argv[1], 40_000)
before = peak()
assert solved(sys.argv[2], 400_000).gap < 1e-12
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_is_bounded(tmp_path):
    """Ten times the rows, and eighty times a batch, take a fraction of the larger table more."""
    rng, count = np.random.default_rng(2), 20_000
    names = ["a", "b", "c", "low", "region"]
    schema = pa.schema([(name, "f8") for name in names])
    for file, groups in (("small", 2), ("big", 20)):
        with pq.ParquetWriter(tmp_path / file, schema) as writer:
            for g in range(groups):
                columns = {name: rng.lognormal(size=count) for name in names[:3]}
                columns["low"] = 0.01 * rng.random(count)
                columns["region"] = (np.arange(count) + g * count) // 200 * 1.0
                writer.write_table(pa.table(columns))
    grown = subprocess.run(
        [sys.executable, "-c", MEASURED, *(tmp_path / n for n in ("small", "big", "p.parquet"))],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_NUM_THREADS": "1"},
    )
    assert int(grown.stdout) < 0.5 * (400_000 * 5 * 8)


@pytest.mark.slow
def test_workers_find_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    problem = problem_of(KINDS, seed=2)
    given = write(problem, tmp_path / "s.parquet", group=25)
    with distributed.Client(processes=False, dashboard_address=None) as client:
        found = solve_parquet(tmp_path / "s.parquet", out=tmp_path / "out", client=client, **given)
    parts = [read(file) for file in sorted((tmp_path / "out").iterdir())]
    require_feasible(problem, np.vstack(parts))
    assert found.gap < 1e-12
    assert found.objective == pytest.approx(solve(problem).objective, rel=1e-13)
