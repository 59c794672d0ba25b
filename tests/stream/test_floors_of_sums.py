"""Floors of sums of tables in Parquet, against the solver in memory, a cone solver and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.conic import conic
from roundlot.stream import solve_parquet
from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.certificates.feasibility import infeasibilities

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

V, S = 96, 3
ROWS, MODELS = np.arange(V), ["a", "b", "c"]
COSTS = np.random.default_rng(7).uniform(0.5, 2.0, (V, S))
#: By name: in memory; of a table.
LIMITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "clients": (
        {"client": ROWS // 2, "client_cap": 0.9, "client_floor": 0.2},
        {"client_cap": 0.9, "client_floor": "least"},
    ),
    "groups": (
        {
            "groups": [ROWS // 4, ROWS // 24],
            "group_caps": [1.3, 8.0],
            "group_floors": [0.55, [3.0, 3.0, 3.5, 3.0]],
        },
        {
            "groups": ["cell", "region"],
            "group_caps": [1.3, 8.0],
            "group_floors": [0.55, {"r0": 3.0, "r1": 3.0, "r2": 3.5, "r3": 3.0}],
        },
    ),
    "models": ({"model_floors": [3.5, 6.0, 6.0]}, {"model_floors": {"a": 3.5, "b": 6.0, "c": 6.0}}),
    "budgets": ({"model_budgets": [7.5, 7.5, 9.0]}, {"model_budgets": [7.5, 7.5, 9.0]}),
    "costs": (
        {"costs": COSTS[None], "cost_budgets": [21.0]},
        {"costs": {"energy": COSTS}, "cost_budgets": {"energy": 21.0}},
    ),
    "floors": ({"floor": 0.005}, {"floor": 0.005}),
}


def scores_of(*, zeros: bool) -> np.ndarray:
    scores = np.random.default_rng(3).lognormal(0.0, 1.5, (V, S))
    if zeros:
        scores[::4] = 0.0
    return scores


def write(place: Path, scores: np.ndarray, **more: Any) -> Path:
    rows = np.arange(len(scores))
    columns = {
        "client": [f"c{v // 2}" for v in rows],
        "cell": [f"z{v // 4}" for v in rows],
        "region": [f"r{v // 24}" for v in rows],
        "least": np.full(len(scores), 0.2),
    }
    table = {name: scores[:, s] for s, name in enumerate(MODELS[: scores.shape[1]])}
    pq.write_table(pa.table(table | columns | more), place, row_group_size=24)
    return place


def drawn(place: Path, models: list[str] = MODELS) -> np.ndarray:
    found = pq.read_table(place)
    return np.column_stack([found[name] for name in models])


def given(chosen: tuple[str, ...], at: int) -> dict[str, Any]:
    return {key: value for name in chosen for key, value in LIMITS[name][at].items()}


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize(
    "chosen",
    [
        ("clients",),
        ("groups",),
        ("models",),
        ("clients", "groups", "floors"),
        ("clients", "models"),
        ("groups", "costs"),
        ("clients", "groups", "models", "budgets", "floors"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("batch_rows", [1, 50])
def test_the_optimum_of_the_table_in_memory(
    chosen: tuple[str, ...], zeros: bool, batch_rows: int, tmp_path: Path
) -> None:
    scores = scores_of(zeros=zeros)
    problem = rl.Problem(scores, budget=18.0, **given(chosen, 0))
    place = write(tmp_path / "s.parquet", scores)
    found = solve_parquet(
        place,
        18.0,
        tmp_path / "p.parquet",
        batch_rows=batch_rows,
        models=MODELS,
        **given(chosen, 1),
    )
    p = drawn(tmp_path / "p.parquet")
    assert not list(infeasibilities(problem, p))
    assert found.gap < 1e-12
    assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)
    wanted = scores > 0.0
    assert found.objective == pytest.approx((scores[wanted] ** 2 / p[wanted]).sum(), rel=1e-13)


def test_a_cone_solver_finds_the_same(tmp_path: Path) -> None:
    scores, chosen = scores_of(zeros=True), ("clients", "groups", "models")
    place = write(tmp_path / "s.parquet", scores)
    found = solve_parquet(place, 18.0, models=MODELS, **given(chosen, 1))
    p = conic(rl.Problem(scores, budget=18.0, **given(chosen, 0)))[0]
    wanted = scores > 0.0
    assert found.objective == pytest.approx((scores[wanted] ** 2 / p[wanted]).sum(), rel=1e-6)


def test_a_price_of_a_models_floor(tmp_path: Path) -> None:
    """Two rows, a model each: 0.75 must go to the second, so 0.25 is left of the budget of 1."""
    place = write(tmp_path / "s.parquet", np.array([[3.0, 0.0], [0.0, 1.0]]))
    found = solve_parquet(
        place, 1.0, tmp_path / "p.parquet", models=["a", "b"], model_floors=[0.0, 0.75]
    )
    assert drawn(tmp_path / "p.parquet", ["a", "b"])[[0, 1], [0, 1]] == pytest.approx([0.25, 0.75])
    assert found.prices is not None
    # one unit less of the floor goes to the first: 9 / 0.25² less 1 / 0.75²
    assert found.prices.model_floors == pytest.approx((0.0, 144.0 - 16.0 / 9.0), rel=1e-10)


@pytest.mark.parametrize("zeros", [False, True])
def test_floors_that_need_all_of_the_budget_are_met_exactly(zeros: bool, tmp_path: Path) -> None:
    scores = scores_of(zeros=zeros)
    place = write(tmp_path / "s.parquet", scores)
    floor = 0.375  # 48 clients need 18 exactly
    for batch_rows in (1, 50):
        found = solve_parquet(
            place,
            18.0,
            tmp_path / "p.parquet",
            models=MODELS,
            client_floor=floor,
            batch_rows=batch_rows,
        )
        p = drawn(tmp_path / "p.parquet")
        problem = rl.Problem(scores, budget=18.0, client=ROWS // 2, client_floor=floor)
        assert not list(infeasibilities(problem, p))
        assert found.gap < 1e-12
        assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize(
    ("limits", "more"),
    [
        ({"model_floors": [6.0, 6.0, 6.0]}, ()),
        ({"model_floors": [6.0, 6.0, 6.0]}, ("clients", "groups")),
        ({"model_floors": [3.6, 0.0, 0.0], "model_budgets": [3.6, 9.0, 9.0]}, ("costs",)),
        ({"model_floors": [24.0, 0.0, 0.0], "ceiling": np.full((V, S), [0.25, 1, 1])}, ()),
    ],
    ids=["budget", "groups", "equal", "filled"],
)
def test_floors_of_models_that_leave_no_room_are_met_exactly(
    limits: dict[str, Any], more: tuple[str, ...], zeros: bool, tmp_path: Path
) -> None:
    scores = scores_of(zeros=zeros)
    place, budget = write(tmp_path / "s.parquet", scores), 40.0 if "ceiling" in limits else 18.0
    for batch_rows in (1, 50):
        found = solve_parquet(
            place,
            budget,
            tmp_path / "p.parquet",
            models=MODELS,
            batch_rows=batch_rows,
            **limits | given(more, 1),
        )
        p = drawn(tmp_path / "p.parquet")
        problem = rl.Problem(scores, budget=budget, **limits | given(more, 0))
        assert not list(infeasibilities(problem, p))
        assert found.gap < 1e-12
        assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)


def test_floors_of_models_that_leave_nothing_to_another_are_refused(tmp_path: Path) -> None:
    place = write(tmp_path / "s.parquet", scores_of(zeros=False))
    with pytest.raises(InfeasibleError, match=r"use up the budget 18, .* row 1 and model 'c'"):
        solve_parquet(place, 18.0, models=MODELS, model_floors=[9.0, 9.0, 0.0])
    with pytest.raises(InfeasibleError, match=r"floor of model 'a' is all that .* caps allow"):
        solve_parquet(place, 120.0, models=MODELS, model_floors=[96.0, 0.0, 0.0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("batch_rows", [1, 50])
def test_limits_that_clash_are_named_and_giving_way_helps(batch_rows: int, tmp_path: Path) -> None:
    """The floor of a model is 6, and 24 groups of it may come to 0.2 each, to 4.8."""
    place = write(tmp_path / "s.parquet", scores_of(zeros=False))
    words = (
        r"^the floor 6 of model 'a' cannot be met beside .*; it could if it gave way by 20\.1 %$"
    )
    capped = {"groups": "cell", "group_caps": 0.2, "models": MODELS, "batch_rows": batch_rows}
    out = tmp_path / "p.parquet"
    with pytest.raises(InfeasibleError, match=words):
        solve_parquet(place, 18.0, out, model_floors={"a": 6.0}, **capped)
    assert not out.exists()
    costs = {"costs": {"energy": COSTS}, "cost_budgets": {"energy": 8.0}}
    with pytest.raises(InfeasibleError, match="cannot be met together") as said:
        solve_parquet(place, 18.0, model_floors=[6.0, 5.0, 5.0], models=MODELS, **costs)
    text = str(said.value)
    for limit in ("floor 6 of model 'a'", "the budget 8 of cost row 'energy'"):
        assert limit in text
    share = 0.01 * float(text.rsplit(" ", 2)[-2])
    for way, fits in ((1.05, True), (0.97, False)):
        part = share * way
        problem = rl.Problem(
            scores_of(zeros=False),
            budget=18.0,
            costs=COSTS[None],
            cost_budgets=[8.0 * (1.0 + part)],
            model_floors=np.array([6.0, 5.0, 5.0]) * (1.0 - part),
        )
        if fits:
            assert rl.solve(problem).objective > 0.0
        else:
            with pytest.raises(InfeasibleError):
                rl.solve(problem)


@pytest.mark.parametrize("more", [(), ("clients",), ("costs",)], ids=" ".join)
def test_scores_of_0_whose_draws_shared_limits_decide(
    more: tuple[str, ...], tmp_path: Path
) -> None:
    """Pairs with a score come to 12 of model a at their ceilings; its floor needs 3 of others."""
    scores = scores_of(zeros=False)
    scores[::2] = 0.0
    place = write(tmp_path / "s.parquet", scores)
    limits = {"ceiling": np.full((V, S), 0.25), "model_floors": [15.0, 0.0, 0.0]}
    found = solve_parquet(
        place,
        24.0,
        tmp_path / "p.parquet",
        models=MODELS,
        batch_rows=7,
        **limits | given(more, 1),
    )
    problem = rl.Problem(scores, budget=24.0, **limits | given(more, 0))
    assert not list(infeasibilities(problem, drawn(tmp_path / "p.parquet")))
    assert found.gap < 1e-12
    assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)


def test_one_number_as_floor_is_of_models_that_somebody_can_train(tmp_path: Path) -> None:
    scores = scores_of(zeros=False)
    nobody = pa.array([None] * V, pa.float64())
    place = write(tmp_path / "s.parquet", scores, c=nobody)
    there = np.broadcast_to([True, True, False], scores.shape)
    more = {"model_floors": 8.0, "allow_unreachable": True}
    found = solve_parquet(place, 18.0, models=MODELS, **more)
    problem = rl.Problem(scores, budget=18.0, available=there, **more)
    assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)


def test_a_floor_that_is_the_cap_and_clients_beside_groups_at_theirs(tmp_path: Path) -> None:
    scores = scores_of(zeros=False)
    place = write(tmp_path / "s.parquet", scores)
    limits = {"group_caps": 1.0, "group_floors": 1.0}
    found = solve_parquet(
        place,
        30.0,
        tmp_path / "p.parquet",
        models=MODELS,
        client_floor=0.25,
        groups=["cell"],
        **limits,
    )
    problem = rl.Problem(
        scores, budget=30.0, client=ROWS // 2, client_floor=0.25, groups=[ROWS // 4], **limits
    )
    p = drawn(tmp_path / "p.parquet")
    assert not list(infeasibilities(problem, p))
    assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)


def test_what_cannot_be_met_says_by_how_much_and_what_would(tmp_path: Path) -> None:
    place = write(tmp_path / "s.parquet", scores_of(zeros=False))

    def refused(words: str, budget: float = 18.0, **limits: Any) -> None:
        for batch_rows in (1, 50):
            with pytest.raises(InfeasibleError, match=words):
                solve_parquet(place, budget, models=MODELS, batch_rows=batch_rows, **limits)

    refused(r"floors sum to 24, 6 above the budget 18; .* or a budget of 24\.00", client_floor=0.5)
    refused(r"floor 0.9 of client 'c0' is 0.1 above 0.8", client_floor=0.9, client_cap=0.8)
    refused(r"floor 100 of model 'b' is 4 above 96, the most", 200.0, model_floors={"b": 100.0})
    refused(r"floors of models sum to 18.5, 0.5 above the budget", model_floors=[6.0, 6.0, 6.5])
    # 47 clients of 0.375 and one of 0.75 need 18.375; 0.375 less is exactly the budget
    floors = {f"c{n}": 0.375 for n in range(47)}
    refused("leaves 0 for .*row 95 .*with a positive score", 17.625, client_floor=floors)
    refused("floor 30 of group 'r1' is 6 above 24", group_floors={"r1": 30.0}, groups="region")


def test_groups_that_come_back_and_names_that_nobody_has(tmp_path: Path) -> None:
    place = write(tmp_path / "s.parquet", scores_of(zeros=False), back=["x", "y"] * (V // 2))
    with pytest.raises(InvalidProblemError, match="'x' of column 'back' comes back later"):
        solve_parquet(place, 18.0, models=MODELS, groups="back", group_floors=1.0)
    with pytest.raises(InvalidProblemError, match="there is a floor of 'eve'"):
        solve_parquet(place, 18.0, models=MODELS, client_floor={"eve": 0.1})
    with pytest.raises(InvalidProblemError, match="group_floors needs groups"):
        solve_parquet(place, 18.0, models=MODELS, group_floors=0.1)


def test_clients_that_are_away_have_no_floor_by_one_number(tmp_path: Path) -> None:
    scores = scores_of(zeros=False)
    table = {name: pa.array([None, None, *scores[2:, s]]) for s, name in enumerate(MODELS)}
    table["client"] = pa.array([f"c{v // 2}" for v in ROWS])
    pq.write_table(pa.table(table), tmp_path / "s.parquet")
    found = solve_parquet(
        tmp_path / "s.parquet", 18.0, tmp_path / "p.parquet", client_floor=0.3, batch_rows=10
    )
    there = np.broadcast_to((ROWS >= 2)[:, None], scores.shape)
    problem = rl.Problem(scores, budget=18.0, available=there, client=ROWS // 2, client_floor=0.3)
    assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)
    with pytest.raises(InfeasibleError, match=r"floor 0\.3 of client 'c0' cannot be met: nothing"):
        solve_parquet(tmp_path / "s.parquet", 18.0, client_floor={"c0": 0.3})


@pytest.mark.slow
def test_workers_find_the_same(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    scores, chosen = scores_of(zeros=True), ("clients", "groups", "models")
    place = write(tmp_path / "s.parquet", scores)
    problem = rl.Problem(scores, budget=18.0, **given(chosen, 0))
    with distributed.Client(processes=False, dashboard_address=None) as client:
        found = solve_parquet(
            place, 18.0, tmp_path / "out", client=client, models=MODELS, **given(chosen, 1)
        )
        exact = solve_parquet(
            place, 18.0, tmp_path / "exact", client=client, models=MODELS, client_floor=0.375
        )
    p = np.vstack([drawn(file) for file in sorted((tmp_path / "out").iterdir())])
    assert not list(infeasibilities(problem, p))
    assert found.objective == pytest.approx(rl.solve(problem).objective, rel=1e-11)
    equal = rl.Problem(scores, budget=18.0, client=ROWS // 2, client_floor=0.375)
    assert exact.objective == pytest.approx(rl.solve(equal).objective, rel=1e-11)
