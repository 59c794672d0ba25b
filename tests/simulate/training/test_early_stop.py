"""A model stops when its metric gains no more; the others go on, and means stay of equal rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.simulate.methods import METHODS, method
from roundlot.simulate.training import Bench, EarlyStop, Federation, History, LocalPlan, train
from roundlot.simulate.training.early_stop import Waiting
from roundlot.simulate.training.history import alike
from roundlot.simulate.training.privacy import Privacy
from roundlot.theory import InvalidProblemError

NEVER = EarlyStop(patience=10**6)
AT_ONCE = EarlyStop(patience=1, min_delta=1e9)  # nothing gains that much


def stops(values: list[float], federation: Federation, **rule: Any) -> int:
    """The number of the evaluation after which the first of two models stops; -1 if it goes on."""
    waiting = Waiting.of((EarlyStop(**rule), NEVER), federation.tasks)
    for number, value in enumerate(values):
        waiting = waiting.after(number, {"loss": [value, 0.0], "accuracy": [value, 0.0]})
    assert waiting.stopped[1] == -1
    assert not waiting.over
    return int(waiting.stopped[0])


@pytest.mark.parametrize(
    ("rule", "values", "after"),
    [
        ({"patience": 2}, [3.0, 2.0, 2.0, 1.0, 1.5, 1.2, 0.0], 5),
        ({"patience": 2}, [3.0, 2.0, 2.0, 1.0, 1.5, 0.5], -1),
        ({"patience": 1}, [3.0, 3.0, 0.0], 1),
        ({"patience": 3}, [1.0, 2.0, 3.0, 4.0, 0.0], 3),
        # Small gains add up against the best that counted: 3 -> 2.5 is one, 2.75 was none.
        ({"patience": 2, "min_delta": 0.4}, [3.0, 2.75, 2.5, 2.25, 2.0], -1),
        ({"patience": 2, "min_delta": 0.5}, [3.0, 2.75, 2.5, 2.25, 2.0], 2),
        ({"patience": 2, "metric": "accuracy"}, [0.1, 0.2, 0.3, 0.25, 0.3, 0.9], 4),
        ({"patience": 2, "metric": "accuracy", "min_delta": 0.25}, [0.1, 0.3, 0.4, 0.5, 0.6], 4),
        ({"patience": 2, "metric": "accuracy"}, [0.1], -1),
    ],
)
def test_a_sequence_stops_where_it_does_by_hand(
    rule: dict[str, Any], values: list[float], after: int, federation: Federation
) -> None:
    assert stops(values, federation, **rule) == after


def test_the_others_go_on_and_it_stays(federation: Federation, plan: LocalPlan) -> None:
    settings: dict[str, Any] = {"plan": plan, "budget": 4, "evaluate_every": 2, "measure": True}
    free = train(federation, method("gvr"), rounds=10, **settings)
    held = train(federation, method("gvr"), rounds=10, **settings, stop_early=[NEVER, AT_ONCE])
    assert free.stopped is None
    assert held.stopped is not None
    assert list(held.stopped) == [-1, 2]
    assert not held.complete
    assert held.rounds == 10
    for name in ("loss", "accuracy"):  # the same until then; then one stays and one moves
        assert np.array_equal(getattr(held, name)[:2], getattr(free, name)[:2])
        assert len(set(getattr(held, name)[1:, 1])) == 1
    assert len(set(held.loss[1:, 0])) == 5
    for name in ("aggregate_weight", "squared_error", "predicted_variance", "step_norm"):
        table = getattr(held, name)
        assert np.isfinite(table[:, 0]).all()
        assert np.isfinite(table[:2, 1]).all()
        assert np.isnan(table[2:, 1]).all()
    # GVR trains every pair that is there; of the stopped model there is none.
    there = np.array([federation.present(t, 0)[:, 0].sum() for t in range(2, 10)])
    assert np.array_equal(held.trainings[2:], there)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_goes_on_without_a_model(
    name: str, federation: Federation, plan: LocalPlan
) -> None:
    run = train(
        federation,
        method(name),
        rounds=6,
        plan=plan,
        budget=4,
        evaluate_every=1,
        stop_early=[AT_ONCE, NEVER],
    )
    assert run.stopped is not None
    assert list(run.stopped) == [1, -1]
    assert len(set(run.loss[1:, 0])) == 1
    assert len(set(run.loss[:, 1])) > 3
    assert run.uploads[1:].sum() > 0


def test_a_run_stops_by_what_it_was_evaluated_to(federation: Federation, plan: LocalPlan) -> None:
    rule = EarlyStop(patience=2, min_delta=0.01)
    run = train(
        federation,
        method("random"),
        rounds=80,
        plan=plan,
        budget=4,
        evaluate_every=2,
        stop_early=rule,
    )
    expected = []
    for column in run.loss.T:  # the rule again, in plain loops
        best, waited, end = np.inf, 0, -1
        for loss, after in zip(column, run.evaluated, strict=True):
            if end >= 0:
                continue
            best, waited = (loss, 0) if loss < best - 0.01 else (best, waited + 1)
            end = int(after) if waited == 2 else -1
        expected.append(end)
    assert run.stopped is not None
    assert list(run.stopped) == expected
    assert min(expected) > 0
    assert run.complete
    assert run.rounds == run.trained_rounds == max(expected) < 80


def test_it_goes_on_from_a_checkpoint_as_if_uninterrupted(
    federation: Federation, plan: LocalPlan, tmp_path: Path, differences: Any
) -> None:
    rules = [EarlyStop(patience=2, min_delta=1e9), EarlyStop(patience=4, min_delta=1e9)]
    settings: dict[str, Any] = {
        "plan": plan, "budget": 4, "evaluate_every": 2, "stop_early": rules
    }  # fmt: skip
    whole = train(federation, method("stale-vre"), rounds=30, **settings)
    assert whole.stopped is not None
    assert list(whole.stopped) == [4, 8]
    assert whole.rounds == 8
    for rounds in (3, 5, 8, 30, 60):  # 3 and 5 end between evaluations, which does not count
        part = train(
            federation, method("stale-vre"), rounds=rounds, checkpoint=tmp_path / "c", **settings
        )
        assert part.rounds == min(rounds, 8)
    assert differences(whole, part) == {}
    part.save(tmp_path / "kept.npz")
    assert differences(History.load(tmp_path / "kept.npz"), part) == {}
    with pytest.raises(InvalidProblemError, match="stop_early"):
        train(
            federation, method("stale-vre"), rounds=30, checkpoint=tmp_path / "c",
            **{**settings, "stop_early": NEVER},
        )  # fmt: skip


def test_means_are_of_equal_rounds(federation: Federation, plan: LocalPlan) -> None:
    settings: dict[str, Any] = {"rounds": 12, "plan": plan, "budget": 4, "evaluate_every": 2}
    rules = [EarlyStop(patience=p, min_delta=1e9) for p in (1, 2, 3)]
    short, middle, long = (
        train(federation, method("random"), seed=seed, stop_early=rule, **settings)
        for seed, rule in zip((0, 1, 0), rules, strict=True)
    )
    assert [run.rounds for run in (short, middle, long)] == [2, 4, 6]
    other = train(federation, method("random"), seed=1, stop_early=rules[0], **settings)
    bench = Bench(histories={"one": (short, middle), "two": (long, other)}, seeds=(0, 1))
    first, second = bench.histories["one"]
    assert {run.rounds for row in bench.histories.values() for run in row} == {6}
    assert [run.trained_rounds for run in (first, second)] == [2, 4]
    assert np.array_equal(first.loss, np.vstack([short.loss, short.loss[-1:], short.loss[-1:]]))
    assert np.array_equal(first.evaluated, [0, 2, 4, 6])
    assert np.array_equal(first.uploads[:2], short.uploads)
    assert not first.uploads[2:].any()
    assert first.seconds[:2].sum() == first.seconds.sum() == short.seconds.sum()
    assert np.isnan(first.squared_error[2:]).all()
    assert np.isnan(first.aggregate_weight[2:]).all()
    # By hand: the mean over seeds at the end, of the models that are there.
    at_end = [short.loss[-1].mean(), middle.loss[-1].mean()]
    assert bench.interval("one", "loss").mean == pytest.approx(np.mean(at_end), rel=1e-15)
    assert first.relative_to(bench.histories["two"][0]).shape == (4,)
    record = bench.to_records()[0]
    assert record["rounds"] == 3.0
    assert record["uploads"] == pytest.approx((short.uploads.sum() + middle.uploads.sum()) / 2)


def test_what_did_not_stop_is_not_made_longer(federation: Federation, plan: LocalPlan) -> None:
    settings: dict[str, Any] = {"plan": plan, "budget": 4, "evaluate_every": 2}
    free = train(federation, method("random"), rounds=4, **settings)
    longer = train(federation, method("random"), rounds=6, **settings)
    assert alike({"a": [free], "b": [longer]}) == {"a": (free,), "b": (longer,)}
    with pytest.raises(InvalidProblemError, match="did not stop"):
        free.continued(longer)
    held = train(federation, method("random"), rounds=4, stop_early=AT_ONCE, **settings)
    odd = train(federation, method("random"), rounds=6, **{**settings, "evaluate_every": 3})
    with pytest.raises(InvalidProblemError, match="same evaluate_every"):
        held.continued(odd)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"patience": 0}, "patience is 0"),
        ({"min_delta": -1.0}, "min_delta is -1.0"),
        ({"min_delta": float("nan")}, "min_delta is nan"),
        ({"metric": "acuracy"}, "'a' has no metric 'acuracy' to stop by; did you mean 'accuracy'"),
    ],
)
def test_wrong_rules_are_refused(
    rule: dict[str, Any], message: str, federation: Federation, plan: LocalPlan
) -> None:
    with pytest.raises(InvalidProblemError, match=message):
        train(
            federation, method("random"), rounds=1, plan=plan, budget=4,
            stop_early=EarlyStop(**rule),
        )  # fmt: skip


def test_one_rule_a_model_and_no_noise(federation: Federation, plan: LocalPlan) -> None:
    settings: dict[str, Any] = {"rounds": 1, "plan": plan, "budget": 4}
    with pytest.raises(InvalidProblemError, match="stop_early has 3 rules for 2 models"):
        train(federation, method("random"), stop_early=[NEVER] * 3, **settings)
    single = Federation(tasks=federation.tasks)
    with pytest.raises(InvalidProblemError, match="leave stop_early out, or the noise"):
        train(
            single,
            method("random"),
            stop_early=NEVER,
            privacy=Privacy(clip=1.0, noise=1.0),
            **settings,
        )
