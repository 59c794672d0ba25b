"""Measures of every client and their spread: by hand, kept in files, in the folder's tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from roundlot.simulate.methods import method
from roundlot.simulate.training import Federation, History, LocalPlan, Metric, Samples, Task, train
from roundlot.simulate.training.clients import spread
from roundlot.train import TrainSetup, run_training


def test_the_spread_by_hand() -> None:
    values = np.arange(12.0)  # a tenth of 12 clients is 2
    losses = spread("loss", values, higher_is_better=False)
    assert losses["loss, worst tenth of clients"] == 10.5
    assert losses["loss, best tenth of clients"] == 0.5
    assert losses["loss, deviation over clients"] == pytest.approx(np.sqrt(143 / 12))
    shares = spread("accuracy", values, higher_is_better=True)
    assert shares["accuracy, worst tenth of clients"] == 0.5
    assert shares["accuracy, best tenth of clients"] == 10.5


def test_clients_by_hand(tmp_path: Path) -> None:
    """``w = 0``: a client's loss is half the mean square of its targets, its score their mean."""
    targets = torch.tensor([[2.0], [4.0], [6.0]])
    module = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        module.weight.zero_()
    one = Task(
        name="w",
        module=module,
        train=Samples.by_owner(torch.zeros(3, 1), targets, [0, 0, 2], 3),
        loss="squared error",
        metrics=[Metric(name="target", score=lambda o, y: y[:, 0])],
    )
    history = train(
        Federation(tasks=(one,)),
        method("full"),
        rounds=1,
        plan=LocalPlan(),
        budget=3,
        restart=False,
        per_client=True,
    )
    np.testing.assert_array_equal(history.clients["loss"][:, 0], [5.0, np.nan, 18.0])
    np.testing.assert_array_equal(history.clients["target"][:, 0], [3.0, np.nan, 6.0])
    worst = history.metrics["target, worst tenth of clients"]
    np.testing.assert_array_equal(worst, [[3.0], [3.0]])
    deviation = history.metrics["loss, deviation over clients"]
    np.testing.assert_allclose(deviation, [[6.5], [6.5]])
    history.save(tmp_path / "h.npz")
    again = History.load(tmp_path / "h.npz")
    np.testing.assert_array_equal(again.clients["loss"], history.clients["loss"])
    assert [row["client"] for row in again.to_client_records()] == [0, 2]


def test_a_setup_asks_for_them(tmp_path: Path) -> None:
    document = {
        "methods": ["random"],
        "tasks": {"kind": "quadratics", "clients": 4, "dimension": 2},
        "run": {"rounds": 2, "seeds": 2, "per_client": True, "budget": 2},
    }
    result = run_training(TrainSetup.of(document), tmp_path / "out")
    table = pl.read_csv(tmp_path / "out" / "tables" / "clients.csv")
    assert table.height == 2 * 4
    (row,) = [row for row in result.spreads() if row["measure"] == "loss"]
    by_seed = [np.sort(table.filter(pl.col("seed") == seed)["loss"].to_numpy()) for seed in (0, 1)]
    assert row["worst tenth of clients"] == pytest.approx(np.mean([x[-1] for x in by_seed]))
    assert row["best tenth of clients"] == pytest.approx(np.mean([x[0] for x in by_seed]))
    assert "Spread over clients" in (tmp_path / "out" / "index.html").read_text("utf-8")
