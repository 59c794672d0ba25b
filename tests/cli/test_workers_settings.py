"""Every setting with every method of workers: it changes the training, or it is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from roundlot.simulate.workers import (
    WORKER_METHODS,
    MixingSchedule,
    WorkerHistory,
    train_workers,
    write_schedule,
)
from roundlot.solvers.graphs import optimise_links, shape
from roundlot.theory import InvalidProblemError
from roundlot.train import load_workers_setup
from roundlot.train.sections import StepsSection, WorkersSection
from roundlot.train.workers_setup import WorkersSetup

Call = Callable[..., tuple[int, str, str]]

#: Of every setting: what else is set, and two values that lead to different trainings.
PAIRS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "graph": ({}, "ring", "star"),
    "degree": ({"graph": "erdos-renyi"}, 2.0, 3.0),
    "budget": ({}, 0.3, 0.9),
    "partition": ({}, "equal", "proportional"),
    "speed": ({}, 10.0, 20.0),
    "law": ({}, "exponential", "shifted"),
    "shift": ({"law": "shifted"}, 0.2, 0.9),
    "shape": ({"law": "pareto"}, 1.5, 3.0),
    "per": ({"law": "exponential", "steps": 2}, "step", "mini-batch"),
    "link": ({}, 1e-4, 2e-4),
    "latency": ({}, 0.1, 0.2),
    "weigh": ({"partition": "proportional"}, "uniform", "size"),
    "steps": ({}, 1, 3),
    "batch_size": ({}, 2, 5),
    "batch_mean": ({"batch_size": "proportional"}, 2, 5),
    "learning_rate": ({}, 0.01, 0.02),
    "decay": ({}, 0.5, 0.9),
    "average": ({"partition": "proportional"}, "size", "uniform"),
    "order": ({}, "step first", "mix first"),
    "delay": ({}, 0, 1),
    "weights": ({"graph": "star"}, "equal", "metropolis"),
    "arcs": ({}, "ring", "exponential"),
    "partners": ({"weights": "data-aware", "variance": 1e-9}, 4, 8),
    "variance": ({"weights": "data-aware", "partners": 4}, 0.1, 10.0),
    "links": ({"graph": "erdos-renyi", "degree": 2.0}, "exact", "uniform"),
    "mixing": ({"graph": "erdos-renyi", "degree": 2.0}, "search", "per matching"),
    "base": ({}, "d-psgd", "matcha"),
    "form": ({}, "paper", "code"),
    "best": ({}, 0.1, 0.3),
    "central": ({"graph": "star"}, 0.1, 0.3),
    "best_pull": ({}, 0.1, 0.3),
    "central_pull": ({"graph": "star"}, 0.1, 0.3),
    "graphs": ({}, ["ring", "star"], ["star", "ring"]),
    "lazy": ({"graph": "complete"}, True, False),
    "rule": ({}, "full wait", "fastest worker"),
    "deadline": ({"rule": "deadline"}, 0.2, 0.5),
    "shares": ({}, 2, 5),
    "unit": ({}, 1, 3),
    "estimator": ({"rule": "fastest worker"}, "pooled", "horvitz-thompson"),
    "epochs": ({}, 1, 2),
    "schedule": ({}, "half.json", "turns.json"),
}
#: What every method uses: data, times, links' speed, the objective, the learning rate.
ALL = {"partition", "speed", "law", "shift", "shape", "link", "latency", "weigh", "learning_rate"}
ALL |= {"decay"}
STEPS = {"per", "steps", "batch_size", "batch_mean"}
GRAPH = {"graph", "degree"}
USED: dict[str, set[str]] = {
    "all-reduce": ALL | STEPS | {"average"},
    "d-psgd": ALL | STEPS | GRAPH | {"order", "delay", "weights", "partners", "variance"},
    "matcha": ALL | STEPS | GRAPH | {"budget", "order", "delay", "links", "mixing"},
    "adjacent-leader": ALL
    | STEPS
    | GRAPH
    | {"base", "form", "best", "central", "best_pull", "central_pull", "graphs"},
    "d2": ALL | {"batch_size", "batch_mean"} | GRAPH | {"lazy"},
    "gradient-tracking": ALL | {"batch_size", "batch_mean"} | GRAPH | {"base"},
    "non-blocking": ALL
    | {"base", "per", "rule", "deadline", "shares", "unit", "estimator", "batch_mean"},
    "scheduled": ALL | STEPS | {"schedule"},
    "local-sgd": ALL | {"batch_size", "per", "epochs", "average"},
    "push-sum": ALL | STEPS | GRAPH | {"arcs"},
}
#: What a method needs beside, whatever is set.
NEEDS: dict[str, dict[str, Any]] = {
    "d2": {"lazy": True},
    "scheduled": {"schedule": "half.json"},
}
#: A non-blocking method with a base mixes over links, too.
OVER_LINKS = {"graph", "degree", "budget", "links", "order"}


@pytest.fixture(autouse=True)
def schedules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of schedules in the folder of every setup here."""
    monkeypatch.chdir(tmp_path)
    ring, star = (
        optimise_links(shape(name, 4), 0.5, method="uniform") for name in ("ring", "star")
    )
    write_schedule("half.json", MixingSchedule.of(ring))
    write_schedule("turns.json", MixingSchedule.of(ring, star))


def setup_of(method: str, settings: dict[str, Any], **shared: Any) -> WorkersSetup:
    table = {"speed": [10.0, 20.0, 30.0, 40.0], "link": 1e-3, "count": 4, "graph": "ring"}
    tasks = {"kind": "quadratics", "dimension": 3, "high_share": 0.5, "models": 1}
    if settings.get("weights") == "data-aware":  # of classes
        tasks = {"kind": "digits", "high_share": 0.5}
    return WorkersSetup.of(
        {
            "tasks": tasks,
            "workers": {**table, **shared},
            "run": {"rounds": 3, "seeds": 1, "evaluate_every": 3},
            "methods": [{"method": method, **NEEDS.get(method, {}), **settings}],
        },
        name="pairs",
    )


def trained(setup: WorkersSetup) -> WorkerHistory:
    (source,) = setup.methods
    crew = source.crew(setup.task(0), 0)
    method = source.make(crew, setup.folder)
    return train_workers(crew, method, rounds=3, plan=source.plan(), evaluate_every=3)


def told(history: WorkerHistory) -> tuple[Any, ...]:
    numbers = history.parameters, history.seconds, history.bytes, history.objective
    return (history.label, *(array.tobytes() for array in numbers))


def needed(method: str, setting: str) -> dict[str, Any]:
    """What else is set with a setting, for a method: its own where the setting is of no use."""
    context = dict(PAIRS[setting][0])
    if method == "non-blocking" or method == "local-sgd":
        context.pop("steps", None)
        if method == "non-blocking":
            context.pop("batch_size", None)
    if method in ("d2", "gradient-tracking"):
        context.pop("steps", None)
    if method == "local-sgd":  # a pass of several steps, of one size
        context["batch_size"] = 2
    return context


def test_the_table_has_every_setting() -> None:
    sections = {item.name for kind in (WorkersSection, StepsSection) for item in fields(kind)}
    assert sections - {"count"} <= set(PAIRS)
    assert set(USED) == set(WORKER_METHODS)
    assert set().union(*USED.values(), OVER_LINKS) == set(PAIRS)


def changes_the_training(method: str, setting: str, more: dict[str, Any]) -> None:
    _, *values = PAIRS[setting]
    if method == "gradient-tracking" and setting == "links":
        more = {**more, "base": "matcha"}
    first, second = (told(trained(setup_of(method, {**more, setting: value}))) for value in values)
    assert first != second, f"{setting} changes nothing of {method}"


@pytest.mark.parametrize("method", sorted(USED))
def test_what_is_used_changes_the_training(method: str) -> None:
    for setting in sorted(USED[method]):
        changes_the_training(method, setting, needed(method, setting))


def test_what_a_base_uses_changes_the_training() -> None:
    for setting in sorted(OVER_LINKS):
        more = {"base": "matcha", "estimator": "own mean", **needed("non-blocking", setting)}
        changes_the_training("non-blocking", setting, more)


@pytest.mark.parametrize("method", sorted(USED))
def test_what_is_not_used_is_refused_by_name(method: str) -> None:
    for setting in sorted(set(PAIRS) - USED[method]):
        if setting == "links" and method in ("adjacent-leader", "gradient-tracking"):
            continue  # with a base that draws them
        more = {k: v for k, v in needed(method, setting).items() if k in USED[method]}
        with pytest.raises(InvalidProblemError, match=setting) as caught:
            setup_of(method, {**more, setting: PAIRS[setting][2]})
        said = str(caught.value)
        remedies = "take it out", "has no setting", "give steps = 1", "one batch_size for all"
        assert any(remedy in said for remedy in remedies)
        assert "\n" not in said


def complaint(setup: WorkersSetup, key: str) -> str:
    """What is said against a shared setting; empty if a method uses it."""
    try:
        setup.require_used([key])
    except InvalidProblemError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("method", sorted(USED))
def test_a_shared_setting_that_nobody_uses_is_refused(method: str) -> None:
    """The same settings in [workers] and [steps], for all methods, of which there is one."""
    sections = {item.name: "workers" for item in fields(WorkersSection)}
    sections |= {item.name: "steps" for item in fields(StepsSection)}
    refused, kept = set(), set()
    for setting, place in sections.items():
        if setting == "count":
            continue
        more = needed(method, setting)
        setup = setup_of(
            method, {k: v for k, v in more.items() if k in USED[method] and k != setting}
        )
        document = {
            **setup.document,
            place: {**setup.document.get(place, {}), setting: PAIRS[setting][2]},
        }
        if place == "steps" and setting == "steps" and method in ("d2", "gradient-tracking"):
            with pytest.raises(InvalidProblemError, match="steps = 1"):
                WorkersSetup.of(document, name="pairs")
            refused.add(setting)
            continue
        made = WorkersSetup.of(document, name="pairs")
        said = complaint(made, f"{place}.{setting}")
        (refused if said else kept).add(setting)
        assert not said or (f"{place}.{setting}" in said and "take it out" in said)
    assert kept == USED[method] & set(sections)
    assert refused == set(sections) - USED[method] - {"count"}


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ("law = 'shifted'", "workers.law is used by no method .*without speed.*add workers.speed"),
        ("speed = 5.0\nshape = 3.0", "workers.shape is used by no method .*'pareto'"),
        ("speed = 5.0\nper = 'mini-batch'", "workers.per is used by no method .*deterministic"),
        ("budget = 0.5", "workers.budget is used by no method .*all-reduce.*; d-psgd: every link"),
        ("degree = 3.0", "workers.degree is used by no method .*paper8 has degrees of its own"),
    ],
)
def test_a_file_with_a_setting_for_nobody(tmp_path: Path, shared: str, words: str) -> None:
    text = (
        '[tasks]\nkind = "digits"\n[workers]\n' + shared + "\n[run]\nrounds = 1\nseeds = 1\n"
        '[[methods]]\nmethod = "all-reduce"\n[[methods]]\nmethod = "d-psgd"\n'
    )
    place = tmp_path / "crew.toml"
    place.write_text(text, "utf-8")
    with pytest.raises(InvalidProblemError, match=words):
        load_workers_setup(place)


def test_a_choice_of_methods_keeps_what_the_others_use(call: Call, tmp_path: Path) -> None:
    """A file is read as a whole; an option that the chosen methods do not use is refused."""
    place = tmp_path / "crew.toml"
    place.write_text(
        '[tasks]\nkind = "quadratics"\nmodels = 1\n[workers]\ncount = 4\ngraph = "ring"\n'
        'budget = 0.5\n[run]\nrounds = 1\nseeds = 1\n[[methods]]\nmethod = "all-reduce"\n'
        '[[methods]]\nmethod = "matcha"\n',
        "utf-8",
    )
    quick = ("train", place, "--methods", "all-reduce", "--out", tmp_path / "out")
    code, _, error = call(*quick, "--budget", "0.3")
    assert code == 2
    assert "workers.budget is used by no method (all-reduce" in error
    assert not (tmp_path / "out").exists()
    assert call(*quick)[0] == 0


def test_a_shared_value_that_every_method_overrides() -> None:
    setup = setup_of("d-psgd", {"graph": "star"}, graph="ring")
    with pytest.raises(InvalidProblemError, match=r"workers\.graph: every method sets its own"):
        setup.require_used()


def test_links_that_follow_the_data_are_those_of_their_classes() -> None:
    import numpy as np

    from roundlot.solvers.topologies import data_aware_mixing

    setup = setup_of("d-psgd", {"weights": "data-aware", "partners": 4})
    (source,) = setup.methods
    crew = source.crew(setup.task(0), 0)
    counts = np.zeros((4, 10))
    for i in range(4):
        for label in crew.task.train.of(i)[1].tolist():
            counts[i, label] += 1
    made = source.make(crew, setup.folder)
    assert np.array_equal(made.mixing, data_aware_mixing(counts, steps=2).matrix)
    assert source.designs(setup.folder) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"weights": "data-aware", "graph": "star"}, "whose links follow the data"),
        ({"partners": 4}, "weights is not 'data-aware'"),
        ({"variance": 1.0}, "weights is not 'data-aware'"),
    ],
)
def test_links_of_the_data_and_of_a_graph_are_not_both_set(settings, words) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        setup_of("d-psgd", settings)


def test_links_follow_classes_alone() -> None:
    setup = setup_of("d-psgd", {})
    changed = setup.replaced({"methods": [{"method": "d-psgd", "weights": "data-aware"}]})
    (source,) = changed.methods
    with pytest.raises(InvalidProblemError, match="needs classes"):
        source.make(source.crew(changed.task(0), 0), changed.folder)
    for partners in (1, 2.5, "four"):
        bad = setup_of("d-psgd", {"weights": "data-aware", "partners": partners})
        (source,) = bad.methods
        with pytest.raises(InvalidProblemError, match="partners"):
            source.make(source.crew(bad.task(0), 0), bad.folder)
    pairs = setup_of("d-psgd", {"weights": "data-aware", "partners": 2})
    (source,) = pairs.methods
    with pytest.raises(InvalidProblemError, match="2 groups of workers that never hear"):
        source.make(source.crew(pairs.task(0), 0), pairs.folder)


def test_push_sum_over_a_graph_an_order_and_a_file(tmp_path: Path) -> None:
    import numpy as np

    (tmp_path / "arcs.csv").write_text("from,to\n0,1\n1,2\n2,3\n3,0\n0,2\n", "utf-8")
    made = {}
    for arcs in ("graph", "ring", "exponential", str(tmp_path / "arcs.csv")):
        setup = setup_of("push-sum", {"arcs": arcs})
        (source,) = setup.methods
        made[arcs[-5:]] = source.make(source.crew(setup.task(0), 0), tmp_path).stack
    # a ring of four both ways: a third to each neighbour; one way: half to the next
    assert made["graph"][0][:, 0] == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])
    assert made["ring"][0][:, 0] == pytest.approx([0.5, 0.5, 0, 0])
    assert made["ntial"].shape == (2, 4, 4)
    assert made["s.csv"][0][:, 0] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert np.allclose(made["s.csv"].sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from,to\n0,9\n", "names worker '9'; workers are 0 to 3"),
        ("from,to\n0,ann\n", "names worker 'ann'"),
        ("from,to,cost\n0,1,2\n", "it is from,to: sender and receiver"),
        ("from,to\n0,1\n1,2\n2,3\n", "do not reach each other both ways"),
    ],
)
def test_arcs_that_do_not_fit_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    from roundlot.theory import AssumptionError

    (tmp_path / "arcs.csv").write_text(text, "utf-8")
    setup = setup_of("push-sum", {"arcs": str(tmp_path / "arcs.csv")})
    (source,) = setup.methods
    with pytest.raises((InvalidProblemError, AssumptionError), match=words):
        source.refuse_misfit(tmp_path)
    for arcs in ("star", 3):
        (source,) = setup_of("push-sum", {"arcs": arcs}).methods
        with pytest.raises(InvalidProblemError, match="arcs is"):
            source.refuse_misfit(tmp_path)
    with pytest.raises(InvalidProblemError, match="arcs is given"):
        setup_of("push-sum", {"arcs": "ring", "graph": "star"})


def test_many_workers_are_told_their_rho_without_drawing_matrices(monkeypatch) -> None:
    from roundlot.train import result

    table = {"count": 12, "graph": "torus", "speed": 10.0}
    setups = [setup_of(method, {}, **table) for method in ("d-psgd", "matcha")]
    drawn = [result.mixing_facts(setup) for setup in setups]
    monkeypatch.setattr(result, "MOST_DRAWN", 10)
    monkeypatch.setattr(result, "drawn_matrices", None)
    for setup, (rows, _) in zip(setups, drawn, strict=True):
        (told_,), verdicts = result.mixing_facts(setup)
        assert told_["rho"] == pytest.approx(rows[0]["rho"], abs=1e-6)
        assert told_["empirical_rho"] != told_["empirical_rho"]
        (verdict,) = verdicts.values()
        assert "no matrices are drawn" in verdict.detail


@pytest.mark.parametrize("method", ["push-sum", "d-psgd"])
def test_what_is_told_of_links_of_their_own(method: str) -> None:
    from roundlot.train import result

    own = {"push-sum": {"arcs": "ring"}, "d-psgd": {"weights": "data-aware", "partners": 4}}
    (row,), verdicts = result.mixing_facts(setup_of(method, own[method]))
    assert row["all_links_one_weight"] != row["all_links_one_weight"]  # there is no graph
    if method == "push-sum":
        assert (row["graph"], row["links"]) == ("arcs: ring", 4.0)
        assert row["rho"] != row["rho"]
    else:
        assert (row["graph"], len(verdicts)) == ("data-aware", 1)
        assert 0.0 <= row["rho"] < 1.0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("shares = 1.5", "shares has 1.5; give whole numbers of samples"),  # was taken for 1
        ("shares = [1, 2.5, 3]", "shares has 2.5; give whole numbers"),
        ('shares = "x"', "shares has 'x'; give whole numbers"),
        ("shares = nan", "shares has nan; give whole numbers"),
        ("shares = 10000000000000000000000", "from 0 to 1000000"),
        ("shares = 0", "shares are all 0"),
        ("shares = []", "shares has 0 numbers for 3 workers; give one each"),
        (
            'rule = "deadline"\ndeadline = "x"',
            "deadline is 'x'; give a number of seconds or 'best'",
        ),
        ('rule = "deadline"\ndeadline = true', "deadline is True; give a number of seconds"),
        ('rule = "deadline"\ndeadline = [1]', "deadline is [1]; give a number of seconds"),
    ],
)
def test_shares_and_deadlines_that_are_no_numbers(
    tmp_path: Path, settings: str, words: str
) -> None:
    place = tmp_path / "cut.toml"
    place.write_text(
        '[tasks]\nkind = "digits"\nsamples = 60\nnetwork = "64-4-10"\nhigh_share = 0.0\n'
        'partition = "iid"\n[workers]\ncount = 3\nspeed = 100.0\n'
        f'[[methods]]\nmethod = "non-blocking"\n{settings}\n',
        "utf-8",
    )
    setup = load_workers_setup(place)
    (source,) = setup.methods
    with pytest.raises(InvalidProblemError, match=re.escape(words)):
        source.make(source.crew(setup.task(0), 0), tmp_path)
