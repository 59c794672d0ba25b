"""Small tables whose limits leave no room: streamed they are what the solver in memory says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import roundlot as rl
from roundlot.stream import StreamedSolution, solve_parquet


def streamed(
    folder: Path, scores: list[list[float]], client: list[int], **limits: Any
) -> tuple[StreamedSolution, np.ndarray]:
    models = [f"m{s}" for s in range(len(scores[0]))]
    columns = dict(zip(models, np.array(scores).T, strict=True))
    pq.write_table(pa.table({"client": [f"c{i}" for i in client], **columns}), folder / "s.parquet")
    for name in ("client_floor", "client_cap"):
        if name in limits:
            limits[name] = {f"c{i}": x for i, x in enumerate(limits[name])}
    given = {"batch_rows": 2, "allow_unreachable": True, **limits}
    found = solve_parquet(folder / "s.parquet", out=folder / "p.parquet", **given)
    written = pq.read_table(folder / "p.parquet")
    return found, np.column_stack([written.column(name) for name in models])


def test_one_pair_that_all_limits_name(tmp_path: Path) -> None:
    only = [0.3125]
    limits = {"budget": 0.3125, "model_floors": only, "client_floor": only, "client_cap": only}
    found, p = streamed(tmp_path, [[1.3]], [0], ceiling=np.array([only]), **limits)
    assert p.tolist() == [[0.3125]]
    assert found.objective == pytest.approx(1.3**2 / 0.3125, rel=1e-15)


def test_models_that_ceilings_fill_are_not_said_to_be_silent(tmp_path: Path) -> None:
    row = [0.21875, 0.28125]
    limits = {"budget": 0.5, "model_floors": row, "model_budgets": row, "client_cap": [0.5]}
    found, p = streamed(tmp_path, [[0.5, 0.0]], [0], ceiling=np.array([row]), **limits)
    assert p.tolist() == [row]
    assert found.gap is not None
    assert found.gap < 1e-12


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_scores_of_0_are_drawn_for_floors(batch: int, tmp_path: Path) -> None:
    """Nothing says who is drawn: any probabilities within the limits are as good."""
    floors, client = [0.85, 2.25, 0.4375], [0, 0, 1, 1, 1, 1, 2]
    limits = {"budget": 5.3, "client_floor": floors, "client_cap": floors, "batch_rows": batch}
    found, p = streamed(tmp_path, [[0.0] * 3] * len(client), client, **limits)
    sums = np.bincount(client, weights=p.sum(axis=1))
    assert np.abs(sums - floors).max() < 1e-15
    assert (found.objective, found.gap) == (0.0, 0.0)


def test_a_budget_that_models_use_up_is_shared_as_in_memory(tmp_path: Path) -> None:
    scores = [[0.0, 1.0], [1.0, 0.0], [2.0, 0.0]]
    limits: dict[str, Any] = {"budget": 1.0, "model_floors": [0.5, 0.5]}
    found, p = streamed(tmp_path, scores, [0, 0, 1], client_floor=[0.5, 0.5], **limits)
    whole = rl.solve(rl.Problem(scores, client=[0, 0, 1], client_floor=[0.5, 0.5], **limits))
    assert found.objective == pytest.approx(whole.objective, rel=1e-12)
    np.testing.assert_allclose(p, whole.probabilities, rtol=1e-6)
