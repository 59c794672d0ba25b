"""What is measured of methods that correct clients, or leave models out of turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from roundlot.simulate.methods import method
from roundlot.simulate.methods.mifa import MIFA
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.training import Engine, Federation, LocalPlan, Round, make_engine, train
from roundlot.simulate.training.bias import copied
from roundlot.theory import InvalidProblemError
from roundlot.verify import check_training_variance

SETTINGS: dict[str, Any] = {"rounds": 12, "budget": 1.0, "seed": 3, "measure": True}


def test_corrected_training_is_never_measured(federation: Federation, plan: LocalPlan) -> None:
    """Not even in rounds that draw nobody: these would be a biased choice of rounds."""
    history = train(federation, method("scaffold"), plan=plan, **SETTINGS)
    assert (history.draws == 0).any()
    assert np.isnan(history.squared_error).all()
    assert np.isnan(history.predicted_variance).all()


def test_models_out_of_turn_do_not_hide_the_one_in_turn(
    federation: Federation, plan: LocalPlan
) -> None:
    history = train(federation, method("turns"), plan=plan, **SETTINGS)
    assert (np.isfinite(history.squared_error).sum(axis=1) == 1).all()
    verdict = check_training_variance(history)
    assert verdict.rounds == 12
    assert verdict.outcome != "refuted"


@pytest.mark.parametrize(
    ("name", "settings"),
    [("fedvarp", {}), ("fedstale", {}), ("fedstale", {"known_availability": True})],
)
def test_those_away_are_in_what_is_compared(
    federation: Federation, plan: LocalPlan, name: str, settings: dict[str, Any]
) -> None:
    """Of 8 clients each is away in a fifth of the rounds; variance and realised error agree.

    Once everybody is drawn who is there, nothing is left to chance: the error is rounding alone,
    which it is not against the mean of those present.
    """
    made, given = method(name, **settings), {**SETTINGS, "rounds": 40}
    history = train(federation, made, plan=plan, **given)
    assert check_training_variance(history).outcome != "refuted"
    one = Federation(tasks=federation.tasks[:1], online=np.full(8, 0.5))
    sure = train(one, made, plan=plan, rounds=6, budget=8.0, seed=1, measure=True)
    assert (sure.uploads < 8).any()
    assert (sure.squared_error[1:] < 1e-9 * sure.step_norm[1:] ** 2).all()


@pytest.mark.parametrize("measure", [False, True])
def test_models_out_of_turn_with_a_design_of_exact_rounding(
    federation: Federation, plan: LocalPlan, *, measure: bool
) -> None:
    settings = {**SETTINGS, "rounds": 3, "measure": measure, "design": "rounding"}
    history = train(federation, method("turns"), plan=plan, **settings)
    known = np.isfinite(history.aggregate_weight_variance)
    assert (known.sum(axis=1) == 1).all()
    if measure:
        np.testing.assert_array_equal(np.isfinite(history.predicted_variance), known)


@pytest.mark.parametrize(
    "name", ["stale-vre", "stale-vre-fitted", "stale-vr", "fedvarp", "mifa", "scaffold"]
)
def test_memory_is_renewed_in_place_and_not_by_a_round_that_fails(
    federation: Federation, plan: LocalPlan, name: str
) -> None:
    made = method(name)
    engines = [
        make_engine(task, plan, model=s, seed=0, kind="plain", device="cpu")
        for s, task in enumerate(federation.tasks)
    ]
    start = tuple(flatten(task.module) for task in federation.tasks)
    memory = made.init(federation, start)
    for index in range(4):
        before = copied(memory)
        with pytest.raises(RuntimeError, match="torn"):
            made.apply(memory, _round(index, federation, (engines[0], _Torn(engines[1])), start))
        for key, table in before.items():
            np.testing.assert_array_equal(memory[key], table)
        after, step = made.apply(memory, _round(index, federation, engines, start))
        changed = [key for key in before if not np.array_equal(after[key], before[key])]
        assert changed
        for key, table in after.items():
            if key.startswith(("updates", "client")):
                assert table is memory[key], f"{key} was copied whole"
        if step.anchor is not None:
            who = np.arange(federation.n_clients)
            beta = np.asarray(before.get("beta", np.ones((8, 2))))[:, :1]
            if name not in ("stale-vr", "stale-vre"):
                expected = np.asarray(before["updates 0"]) * beta
                np.testing.assert_allclose(step.anchor(0, who), expected, rtol=1e-6)
        memory = after


def test_a_checkpoint_of_another_step_is_refused(
    federation: Federation, plan: LocalPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"plan": plan, "budget": 2.0, "checkpoint": tmp_path / "run.npz", "checkpoint_every": 1}
    train(federation, method("mifa"), rounds=1, **given)
    monkeypatch.setattr(MIFA, "formula", "another")
    with pytest.raises(InvalidProblemError, match="method \\(formula\\)"):
        train(federation, method("mifa"), rounds=2, **given)


class _Torn:
    """An engine that fails when it trains."""

    def __init__(self, engine: Engine) -> None:
        self.plan, self.losses, self.evaluate = engine.plan, engine.losses, engine.evaluate

    def updates(self, *_: Any, **__: Any) -> torch.Tensor:
        raise RuntimeError("torn")


def _round(index: int, federation: Federation, engines: Any, start: Any) -> Round:
    return Round(
        index=index,
        seed=0,
        federation=federation,
        engines=engines,
        parameters=start,
        budget=6.0,
        present=federation.available,
    )
