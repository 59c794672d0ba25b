"""Any limits, alone and in pairs, of tables in any pieces: what the solver in memory finds."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot.stream import solve_parquet
from roundlot.theory import ConvergenceError
from roundlot.theory.certificates.feasibility import infeasibilities

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

KINDS = (
    *("floor", "ceiling", "cap", "client_cap", "client_floor", "group_caps", "group_floors"),
    *("model_budgets", "model_floors", "costs"),
)
Case = tuple[np.ndarray, float, dict[str, Any], dict[str, Any]]


def case(kinds: tuple[str, ...], seed: int, rows: int, *, zeros: bool) -> Case:
    """Scores, a budget, and limits that a point strictly between keeps: in memory; of a table."""
    rng = np.random.default_rng(seed)
    scores = rng.lognormal(0.0, 1.0, (rows, 2))
    if zeros:
        scores *= rng.random(scores.shape) < 0.6
    owner, region = np.arange(rows) // 2, np.arange(rows) // 6
    p = 0.05 + 0.2 * rng.random(scores.shape)
    by_client, by_region = np.bincount(owner, p.sum(1)), np.bincount(region, p.sum(1))
    memory: dict[str, Any] = {}
    table: dict[str, Any] = {}

    def put(name: str, value: Any, of_table: Any = None) -> None:
        memory[name], table[name] = value, value if of_table is None else of_table

    for kind in kinds:
        if kind == "floor":
            put("floor", 0.5 * p)
        elif kind == "ceiling":
            put("ceiling", 1.5 * p)
        elif kind == "cap":
            put("processor_cap", 1.2 * p.sum(1))
        elif kind in ("client_cap", "client_floor"):
            value = by_client * (1.2 if kind == "client_cap" else 0.9)
            memory["client"] = owner
            put(kind, value, {f"c{i}": x for i, x in enumerate(value.tolist())})
        elif kind in ("group_caps", "group_floors"):
            memory["groups"], table["groups"] = region, "region"
            value = by_region * (1.1 if kind == "group_caps" else 0.8)
            put(kind, value, {f"r{i}": x for i, x in enumerate(value.tolist())})
        elif kind == "costs":
            cost = rng.uniform(0.2, 2.0, (1, *scores.shape))
            memory |= {"costs": cost, "cost_budgets": [1.1 * float((cost[0] * p).sum())]}
            table |= {"costs": {"joule": cost[0]}}
            table["cost_budgets"] = {"joule": memory["cost_budgets"][0]}
        else:
            value = p.sum(0) * (1.1 if kind == "model_budgets" else [0.95, 0.4])
            put(kind, value, value.tolist())
    if "group_floors" in kinds and "group_caps" not in kinds:
        memory["group_caps"] = np.full(by_region.size, 2.0 * rows)
    return scores, 1.02 * float(p.sum()), memory, table


def write(folder: Path, scores: np.ndarray, cuts: list[int], group: int) -> None:
    """A folder of files that begin at the cuts, groups across them, one of them without rows."""
    folder.mkdir()
    edges = [0, *sorted(cuts), len(scores)]
    rows = np.arange(len(scores))
    for number, (first, last) in enumerate(itertools.pairwise(edges)):
        part = rows[first:last]
        columns = {
            "client": pa.array([f"c{v // 2}" for v in part], pa.string()),
            "region": pa.array([f"r{v // 6}" for v in part], pa.string()),
            "a": pa.array(scores[first:last, 0], pa.float64()),
            "b": pa.array(scores[first:last, 1], pa.float64()),
        }
        pq.write_table(pa.table(columns), folder / f"{number}.parquet", row_group_size=group)


def agree(case_: Case, cuts: list[int], batch_rows: int, place: Path) -> None:
    scores, budget, memory, table = case_
    problem = rl.Problem(scores, budget=budget, **memory)
    whole = rl.solve(problem)
    write(place / "in", scores, cuts, 3)
    found = solve_parquet(
        place / "in",
        budget,
        place / "p.parquet",
        models=["a", "b"],
        batch_rows=batch_rows,
        **table,
    )
    drawn = pq.read_table(place / "p.parquet")
    p = np.column_stack([drawn["a"], drawn["b"]])
    assert not list(infeasibilities(problem, p))
    goal = 1e-9 if memory.get("costs") is not None else 2e-12
    assert 0.0 <= found.gap <= goal
    other = whole.certificate
    assert found.lower_bound <= other.objective * (1.0 + 1e-15)
    assert other.lower_bound <= found.objective * (1.0 + 1e-15)
    some = scores > 0.0
    assert found.objective == pytest.approx((scores[some] ** 2 / p[some]).sum(), rel=1e-13)


PAIRS = [(kind,) for kind in KINDS] + list(itertools.combinations(KINDS, 2))


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("kinds", PAIRS, ids=" ".join)
def test_a_pair_of_limits(kinds: tuple[str, ...], zeros: bool, tmp_path: Path) -> None:
    seed = PAIRS.index(kinds)
    batch_rows = (1, 2, 7, 100)[seed % 4]
    agree(case(kinds, seed, 18, zeros=zeros), [5, 5, 12], batch_rows, tmp_path)


@settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(
    kinds=st.sets(st.sampled_from(KINDS), min_size=3, max_size=6).map(sorted).map(tuple),
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 20),
    cuts=st.lists(st.integers(0, 20), max_size=3),
    batch_rows=st.integers(1, 30),
    zeros=st.booleans(),
)
def test_any_limits_together(
    kinds: tuple[str, ...],
    seed: int,
    rows: int,
    cuts: list[int],
    batch_rows: int,
    zeros: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Where scores are 0 prices may not be found, and nothing is written."""
    place = tmp_path_factory.mktemp("any")
    try:
        agree(case(kinds, seed, rows, zeros=zeros), [min(x, rows) for x in cuts], batch_rows, place)
    except ConvergenceError:
        assert zeros
        assert not (place / "p.parquet").exists()
