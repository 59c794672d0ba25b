"""Draws and steps behind NVFlare's controllers: a stand-in with their interface, the package."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from roundlot.flower import BadReplyError, Eligible, Policy, load_state, save_state
from roundlot.nvflare import Lots, LotSampling, Told
from roundlot.theory import InvalidProblemError

SAMPLES = {"site-1": 1.0, "site-2": 2.0, "site-3": 3.0}
VALUES = {"site-1": 0.0, "site-2": 10.0, "site-3": 20.0}
EVERYBODY = (0 * 1 + 10 * 2 + 20 * 3) / 6


def pivotal(budget: float = 2, **settings: Any) -> Policy:
    return Policy(budget=budget, design="pivotal", **{"seed": 3, **settings})


@dataclass(kw_only=True)
class Model:
    """The fields of NVFlare's FLModel that count here."""

    params: dict[str, Any]
    params_type: str = "FULL"
    metrics: dict[str, Any] | None = None
    current_round: int | None = None
    meta: dict[str, Any] = field(default_factory=dict)


class StandIn:
    """The documented interface of NVFlare's controllers of averaging, without NVFlare."""

    def __init__(self, *, num_clients: int = 3, num_rounds: int = 5, start_round: int = 0) -> None:
        self.num_clients, self.num_rounds, self.start_round = num_clients, num_rounds, start_round
        self.current_round: int | None = None
        clients = [SimpleNamespace(name=name) for name in SAMPLES]
        self.engine = SimpleNamespace(get_clients=lambda: clients)

    def send_model_and_wait(self, targets: Any = None, data: Any = None) -> list[Any]:
        return [reply(name, data) for name in targets]

    def aggregate(self, results: list[Any], aggregate_fn: Any = None) -> Any:
        return aggregate_fn(results)


def reply(name: str, data: Any, kind: str = "FULL") -> Model:
    moved = VALUES[name] + (data.params["w"] if kind == "FULL" else 0.0 * data.params["w"])
    return Model(
        params={"w": moved},
        params_type=kind,
        metrics={"loss": VALUES[name] / 10, "note": "text"},
        meta={"client_name": name, "NUM_STEPS_CURRENT_ROUND": SAMPLES[name]},
    )


class Averaging(LotSampling, StandIn):
    def run(self, model: Model) -> Model:
        for round_ in range(self.start_round, self.start_round + self.num_rounds):
            self.current_round = round_
            targets = self.sample_clients(self.num_clients)
            model = self.aggregate(self.send_model_and_wait(targets=targets, data=model))
        return model


def zeros() -> Model:
    return Model(params={"w": np.zeros(2), "still": np.ones(1)})


@pytest.mark.parametrize("kind", ["FULL", "DIFF"])
@pytest.mark.parametrize("rule", ["random", "norm"])
def test_mean_over_every_draw_is_everybodys_step(kind: str, rule: str) -> None:
    lots = Lots(pivotal(rule=rule), samples=SAMPLES)
    first = lots.draw(SAMPLES)
    lots.step([Told(name=n, update={"w": np.full(2, VALUES[n])}) for n in first])
    lots.draw(SAMPLES)
    assert lots._draw is not None
    mean = 0.0
    for picks, chance in lots._draw.rule.outcomes().items():
        controller = Averaging(policy=pivotal(rule=rule), samples=SAMPLES)
        controller.lots._draw = replace(lots._draw, picks=np.array(picks, dtype=np.int64))
        controller.lots.nodes = lots.nodes
        controller.lots.memory.grow(3)
        controller._sent, controller.current_round = zeros(), 1
        drawn = [
            lots.nodes.keys[int(lots._draw.rows[at])] for at in np.flatnonzero(np.array(picks) >= 0)
        ]
        moved = controller.aggregate([reply(name, zeros(), kind) for name in drawn])
        assert moved.params_type == kind
        mean += float(chance) * moved.params["w"][0]
        assert ("still" in moved.params) == (kind == "FULL")
    assert mean == pytest.approx(EVERYBODY)


def test_rounds_go_on_and_are_counted_by_the_framework() -> None:
    whole = Averaging(policy=pivotal(), samples=SAMPLES, num_rounds=6, first_round=1)
    wanted = whole.run(zeros()).params["w"]
    first = Averaging(policy=pivotal(), samples=SAMPLES, num_rounds=2)
    half = first.run(zeros())
    second = Averaging(policy=pivotal(), samples=SAMPLES, num_rounds=4, start_round=2)
    second.lots.load_state_dict(first.lots.state_dict())
    np.testing.assert_array_equal(second.run(half).params["w"], wanted)
    assert [r.round for r in whole.lots.history] == [1, 2, 3, 4, 5, 6]
    assert [r.round for r in second.lots.history] == [3, 4, 5, 6]
    assert {r.label for r in whole.lots.history} == {"unbiased"}


def test_sizes_come_from_results_and_are_labelled_until_then() -> None:
    controller = Averaging(
        policy={"budget": 3, "design": "pivotal", "rule": "random"}, num_rounds=2
    )
    moved = controller.run(zeros())
    assert moved.params["w"][0] == pytest.approx(10.0 + EVERYBODY)
    states = [record.state for record in controller.lots.history]
    assert states == ["biased", "unbiased"]  # 10 is not EVERYBODY, and the results say why
    assert (
        "'site-1' holds 1 and 'site-3' 3, counted as the same" in controller.lots.history[0].label
    )
    assert controller.num_clients == 3
    assert moved.metrics == {"loss": pytest.approx(EVERYBODY / 10)}


def test_nobody_replies() -> None:
    controller = Averaging(policy=pivotal(), samples=SAMPLES)
    controller.sample_clients()
    controller._sent = zeros()
    np.testing.assert_array_equal(controller.aggregate([]).params["w"], 0.0)
    assert controller.lots.history[-1].state == "biased"


def test_what_does_not_fit_is_refused() -> None:
    for policy, words in (
        (Policy(budget=1.5), "give a whole number"),
        (Policy(fraction=0.5), "give a whole number"),
        (pivotal(rule="stale"), "choose 'norm'"),
        (pivotal(rule="lvr"), "choose 'norm'"),
    ):
        with pytest.raises(InvalidProblemError, match=words):
            Lots(policy)
    with pytest.raises(InvalidProblemError, match="'independent' does not fix how many"):
        Lots(Policy(budget=2)).draw(SAMPLES)
    with pytest.raises(InvalidProblemError, match="num_clients is 5, the policy's budget 2"):
        Averaging(policy=pivotal(), num_clients=5)
    with pytest.raises(InvalidProblemError, match="none of the 3 clients may be drawn"):
        Lots(pivotal(eligible=Eligible(tags=["gpu"]))).draw(SAMPLES)
    controller = Averaging(policy=pivotal(), samples=SAMPLES)
    with pytest.raises(InvalidProblemError, match="no model was sent"):
        controller.aggregate([reply("site-1", zeros())])
    with pytest.raises(InvalidProblemError, match="aggregate_fn would change the weights"):
        controller.aggregate([], aggregate_fn=len)
    with pytest.raises(InvalidProblemError, match="aggregation_weights would change"):
        Averaging(policy=pivotal(), aggregation_weights={"site-1": 2.0})
    with pytest.raises(InvalidProblemError, match="enable_tensor_disk_offload keeps results on"):
        Averaging(policy=pivotal(), enable_tensor_disk_offload=True)


def test_a_job_is_written_from_attributes() -> None:
    """NVFlare reads what differs from the defaults from attributes named as the arguments."""
    given = {"budget": 2, "design": "pivotal", "rule": "uniform", "seed": 3}
    for policy in (given, Policy(**given)):  # type: ignore[arg-type]
        controller = Averaging(policy=policy, samples=SAMPLES)
        assert (controller.policy, controller.samples) == (given, SAMPLES)
    assert Averaging(policy=Policy(budget=2, design="pivotal")).policy == {
        "budget": 2, "design": "pivotal",
    }  # fmt: skip
    with pytest.raises(InvalidProblemError, match="policy is None; give Policy"):
        Averaging(policy=None)  # type: ignore[arg-type]


def test_a_job_is_exported_by_nvflare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nvflare", reason="NVFlare is an optional dependency: roundlot[nvflare]")
    from nvflare.job_config.api import FedJob
    from nvflare.job_config.script_runner import ScriptRunner

    (tmp_path / "lot_job.py").write_text(
        "from nvflare.app_common.workflows.fedavg import FedAvg\n"
        "from roundlot.nvflare import LotSampling\n"
        "class LotAvg(LotSampling, FedAvg):\n"
        "    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    policy = {"budget": 2, "rule": "norm", "design": "pivotal", "seed": 5}
    controller = importlib.import_module("lot_job").LotAvg(
        policy=policy, samples=SAMPLES, num_rounds=7, first_round=1
    )
    job = FedJob(name="lots")
    job.to_server(controller)
    (tmp_path / "client.py").write_text("")
    monkeypatch.chdir(tmp_path)
    job.to(ScriptRunner(script="client.py"), "site-1")
    job.export_job(str(tmp_path / "jobs"))
    (written,) = (tmp_path / "jobs").rglob("config_fed_server.*")
    (workflow,) = json.loads(written.read_text())["workflows"]
    assert workflow["path"] == "lot_job.LotAvg"
    assert workflow["args"] == {
        "policy": policy, "samples": SAMPLES, "num_rounds": 7, "num_clients": 2, "first_round": 1,
        "aggregation_weights": {},
    }  # fmt: skip


def test_bad_results_are_refused_by_name() -> None:
    lots = Lots(pivotal(3), samples=SAMPLES)
    fine = Told(name="site-1", update={"w": np.ones(1)})
    for told, words in (
        ([Told(name="site-9", update={})], "'site-9': it was not drawn"),
        (
            [Told(name="site-1", update={"w": np.array([np.nan])})],
            "'site-1' has array 'w' with NaN",
        ),
        ([fine, Told(name="site-2", update={})], "'site-2': array 'w' is not in every reply"),
    ):
        lots.draw(SAMPLES)
        with pytest.raises(BadReplyError, match=words):
            lots.step(told)
    lots.draw(SAMPLES)
    step, _ = lots.step([fine, fine])
    assert step["w"][0] == pytest.approx(3 * 1 / 6)  # one of three replied: times three
    with pytest.raises(InvalidProblemError, match="there is no draw"):
        lots.step([])


def test_state_is_a_file(tmp_path: Path) -> None:
    lots = Lots(pivotal(), samples=SAMPLES)
    lots.draw(SAMPLES)
    lots.step([])
    save_state(tmp_path / "lots.npz", lots.state_dict())
    other = Lots(pivotal(), samples=SAMPLES)
    other.load_state_dict(load_state(tmp_path / "lots.npz"))
    assert other.draw(SAMPLES) == lots.draw(SAMPLES)
    with pytest.raises(InvalidProblemError, match="not a state of roundlot's NVFlare"):
        other.load_state_dict({"format": "x"})


def test_nvflares_own_average_takes_our_draw() -> None:
    pytest.importorskip("nvflare", reason="NVFlare is an optional dependency: roundlot[nvflare]")
    from nvflare.apis.fl_context import FLContext
    from nvflare.app_common.abstract.fl_model import FLModel, ParamsType
    from nvflare.app_common.workflows.fedavg import FedAvg

    class Wired(FedAvg):
        """NVFlare's FedAvg; the network between server and clients is left out."""

        def send_model(self, *, targets: Any, data: Any, callback: Any, **asked: Any) -> None:
            for name in targets:
                result = FLModel(
                    params={"w": data.params["w"] + VALUES[name]},
                    params_type=ParamsType.FULL,
                    metrics={"loss": VALUES[name]},
                    meta={"client_name": name, "NUM_STEPS_CURRENT_ROUND": SAMPLES[name]},
                )
                assert callback(result)

        def get_num_standing_tasks(self) -> int:
            return 0

        def save_model(self, model: Any) -> None:
            self.saved = model

        def event(self, event_type: str) -> None: ...
        def fire_event_with_data(self, *args: Any) -> None: ...

    class LotAvg(LotSampling, Wired):
        pass

    def run(rounds: int, budget: int, samples: Any) -> Any:
        controller = LotAvg(
            policy=pivotal(budget), samples=samples, num_rounds=rounds, persistor_id="",
            model={"w": np.zeros(2)}, first_round=1,
        )  # fmt: skip
        clients = [SimpleNamespace(name=name) for name in SAMPLES]
        controller.engine = SimpleNamespace(get_clients=lambda: clients)
        controller.fl_ctx = FLContext()
        controller.run()
        return controller

    everybody = run(2, 3, None)
    assert everybody.saved.params["w"][0] == pytest.approx(10.0 + EVERYBODY)
    some = run(4, 2, SAMPLES)
    assert [r.label for r in some.lots.history] == ["unbiased"] * 4
    assert [(r.picks >= 0).sum() for r in some.lots.history] == [2] * 4
    # the same by hand: Σ d/p (w_i − w) over those drawn, round after round
    wanted = sum(
        record.shares[at, 0] / record.probabilities[at, 0] * VALUES[record.keys[at]]
        for record in some.lots.history
        for at in np.flatnonzero(record.picks >= 0)
    )
    assert some.saved.params["w"][0] == pytest.approx(wanted)


def test_arrays_of_another_shape_are_refused_not_stretched() -> None:
    controller = Averaging(policy=pivotal(3), samples=SAMPLES, first_round=1)
    for params, words in (
        ({"w": np.zeros(1)}, r"'site-2' has array 'w' of shape \(1,\); \(2,\) was sent"),
        ({"w": np.zeros(2), "x": np.zeros(1)}, "'site-2' has 'x', which was not sent"),
    ):
        controller.sample_clients()
        bad = Model(params=params, meta={"client_name": "site-2"})
        controller._sent, controller.current_round = zeros(), 0
        with pytest.raises(BadReplyError, match=words):
            controller.aggregate([reply("site-1", zeros()), bad])


def test_a_seed_alone_is_a_condition() -> None:
    def labels(**settings: Any) -> set[str]:
        seed = settings.pop("seed", 3)
        policy = {"budget": 2, "design": "pivotal", "seed": seed}
        if seed is None:
            del policy["seed"]
        controller = Averaging(policy=policy, samples=SAMPLES, num_rounds=2, **settings)
        controller.run(zeros())
        return {record.label for record in controller.lots.history}

    (label,) = labels()
    assert label.startswith("conditional: unbiased if no earlier run of this model drew these")
    assert labels(first_round=1) == labels(start_round=4) == labels(seed=None) == {"unbiased"}


def test_a_first_round_is_that_of_the_run_whatever_the_framework_counts() -> None:
    whole = Lots(pivotal(), samples=SAMPLES, first_round=1)
    drawn = [whole.draw(SAMPLES, round_) for round_ in range(4)]
    for start in (0, 2, None):
        later = Lots(pivotal(), samples=SAMPLES, first_round=3)
        numbers = (None, None) if start is None else (start, start + 1)
        assert [later.draw(SAMPLES, number) for number in numbers] == drawn[2:]
        assert later.count.last == 4


def test_sizes_that_were_given_are_not_compared_with_steps() -> None:
    lots = Lots(pivotal(3), samples=SAMPLES, first_round=1)
    lots.draw(SAMPLES)
    update = {"w": np.ones(1)}
    lots.step(
        [Told(name=name, update=update, samples=99.0 * size) for name, size in SAMPLES.items()]
    )
    assert lots.history[0].label == "unbiased"


def test_what_a_controller_makes_of_the_average_is_labelled() -> None:
    class Damped(Averaging):
        def update_model(self, model: Model, result: Model) -> Model:
            return result

    damped = Damped(policy=pivotal(), samples=SAMPLES, num_rounds=1, first_round=1)
    damped.run(zeros())
    label = damped.lots.history[0].label
    assert label.startswith("conditional: unbiased if update_model of Damped is linear")


def test_nvflares_other_controllers_are_labelled_or_refused() -> None:
    pytest.importorskip("nvflare", reason="NVFlare is an optional dependency: roundlot[nvflare]")
    from nvflare.app_common.workflows.base_fedavg import BaseFedAvg
    from nvflare.app_common.workflows.fedavg import FedAvg
    from nvflare.app_common.workflows.lr.fedavg import FedAvgLR
    from nvflare.app_common.workflows.scaffold import Scaffold

    from roundlot.nvflare.controller import _step_labels

    def before(base: type) -> type:
        return type("Lot", (LotSampling, base), {})

    assert _step_labels(before(FedAvg)) == _step_labels(before(BaseFedAvg)) == ()
    for base in (Scaffold, FedAvgLR):
        with pytest.raises(
            InvalidProblemError, match=f"LotSampling is not for {base.__name__}: it"
        ):
            _step_labels(before(base))
    pytest.importorskip("torch", reason="NVFlare's FedOpt needs torch")
    from nvflare.app_opt.pt.fedavg import PTFedAvg
    from nvflare.app_opt.pt.fedopt_ctl import FedOpt

    assert _step_labels(before(PTFedAvg)) == ()
    assert _step_labels(before(FedOpt))[0].startswith(
        "conditional: unbiased if update_model of FedOpt is linear"
    )
