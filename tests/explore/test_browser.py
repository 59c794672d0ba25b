"""The page in a real browser: what it shows is what Python computes."""

import csv
import io
import json
import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.solvers.rules import APPROXIMATIONS, gather
from roundlot.theory.moments import expected_uploads, model_variance
from roundlot.theory.rates.rounds import rounds_to_target

pytestmark = pytest.mark.filterwarnings("ignore::roundlot.theory.RoundlotWarning")
CLOSE = {"rel": 1e-9}


class Row(NamedTuple):
    """A method's design and what it costs."""

    probabilities: np.ndarray
    variance: float
    uploads: float


def reference(stage, shown, budget, norms=None, losses=None):
    """Rows by the name of the method, for the clients shown; each is computed once."""
    known = stage.known.setdefault((shown.tobytes(), budget, id(norms)), {})
    if not known:
        known |= computed(stage, shown, budget, norms, losses)
    return known


def computed(stage, shown, budget, norms, losses):
    """What the solver and the approximations propose, with the moments that theory gives them."""
    problem = stage.solved(shown, budget, norms)
    fleet, _ = stage.kept(shown)
    table = fleet.expand((stage.losses if losses is None else losses)[shown])
    told = gather(problem, losses=table, client=fleet.client)
    designs = {"optimum": solve(problem).probabilities}
    for one in APPROXIMATIONS:
        if one.design == "independent" and one.missing(told) is None:
            designs[one.name] = one.propose(problem, told)
    return {
        name: Row(
            probabilities=p,
            variance=float(problem.model_weights @ model_variance(problem.scores, p)),
            uploads=expected_uploads(p, fleet.client),
        )
        for name, p in designs.items()
    }


def rounds(stage, shown, budget, name):
    """Rounds by the run's bound, with probabilities for the start, and the least there can be."""
    ground = stage.ground
    shared = {
        "smoothness": ground.smoothness,
        "strong_convexity": ground.strong_convexity,
        "initial": ground.initial,
        "target": ground.target,
    }
    if not ground.ends:
        variance = reference(stage, shown, budget)[name].variance
        bound = rounds_to_target(**shared, variance=variance / stage.problem.model_weights.min())
        return bound.rounds, bound.lower
    start, optimum = ground.ends
    p = reference(stage, shown, budget, start.norms, start.losses)[name].probabilities
    fleet, _ = stage.kept(shown)
    held = fleet.weights > 0
    spread = np.where(held, 1 / np.where(held, p, 1.0) - 1, 0.0)
    loads = np.zeros((fleet.n_clients, fleet.n_models))
    np.add.at(loads, fleet.client, fleet.weights**2 * spread)
    shares = np.where(fleet.data_weights > 0, fleet.data_weights, 1.0)
    slope = float((loads * ground.client_smoothness[shown] / shares).max())
    noise = float(((fleet.weights * fleet.expand(optimum.norms[shown])) ** 2 * spread).sum())
    bound = rounds_to_target(**shared, expected_smoothness=slope, noise=noise, split=slope)
    return bound.rounds, bound.lower


def both_rounds(reader):
    return reader.number("rounds"), float(reader.page.get_attribute("#rounds", "data-least"))


def assert_agrees(reader, stage, shown, budget, name):
    rows = reference(stage, shown, budget)
    row = rows[name]
    assert np.allclose(reader.table(), row.probabilities, rtol=1e-9, atol=1e-14)
    assert reader.number("variance") == pytest.approx(row.variance, **CLOSE)
    assert reader.number("draws") == pytest.approx(row.probabilities.sum(), **CLOSE)
    assert reader.number("uploads") == pytest.approx(row.uploads, **CLOSE)
    assert reader.number("ratio") == pytest.approx(row.variance / rows["optimum"].variance, **CLOSE)


def everybody(stage):
    return np.ones(stage.fleet.n_clients, dtype=bool)


def test_every_method_at_every_budget(read, make_stage):
    stage = make_stage(model_weights=np.array([1.0, 2.5, 0.4]))
    reader, all_ = read(stage.scene()), everybody(stage)
    assert reader.methods() == [
        "optimum", "uniform", "random model", "data size", "loss", "clipped",
        "AOCS 1", "AOCS 2", "AOCS 3", "AOCS 4",
    ]  # fmt: skip
    for budget in (0.31, 17.7, 43.0):
        for name in reader.methods():
            reader.choose(method=name)
            reader.budget(budget)
            assert_agrees(reader, stage, all_, budget, name)


def test_optimum_is_the_solver_s(read, make_stage):
    stage = make_stage(seed=3, ends=False)
    reader = read(stage.scene())
    for budget in (0.5, 9.0, 31.0, 500.0):
        reader.budget(budget)
        solution = solve(replace(stage.problem, budget=budget))
        assert np.allclose(reader.table(), solution.probabilities, rtol=1e-9, atol=1e-14)
        assert reader.number("capped") == solution.capped.sum()
        level = solution.multipliers.level * 2.0**solution.multipliers.exponent
        assert reader.number("price") == pytest.approx(level**2, **CLOSE)
        assert both_rounds(reader) == rounds(stage, everybody(stage), budget, "optimum")


def test_slider_groups_and_rounds(read, make_stage):
    stage = make_stage(seed=1)
    reader = read(stage.scene(), "#by=data")
    reader.page.locator("#budget-slider").focus()
    for _ in range(30):
        reader.page.keyboard.press("ArrowRight")
    reader.settle()
    budget = float(reader.page.input_value("#budget"))
    assert budget > 4.0
    all_ = everybody(stage)
    assert_agrees(reader, stage, all_, budget, "optimum")
    assert both_rounds(reader) == rounds(stage, all_, budget, "optimum")
    of = stage.scene().beside.groupings
    data = next(one for one in of if one.name == "data")
    for hidden in ([0, 3], [3]):
        for group in range(4):
            reader.show(group, group not in hidden)
        shown = ~np.isin(data.of, hidden)
        for name in ("optimum", "data size", "loss", "AOCS 2"):
            reader.choose(method=name)
            reader.budget(budget)
            assert_agrees(reader, stage, shown, budget, name)
            assert reader.page.inner_text("#rounds") == "–"
    assert "hidden" in reader.page.inner_text("#lead")
    assert "whole fleet alone" in reader.page.inner_text("#rounds-note")
    assert "another optimum" in reader.page.inner_text("#assumptions")
    assert not reader.page.is_visible("#rounds-figure")
    reader.show(3, True)
    reader.choose(method="optimum")
    reader.budget(budget)
    assert both_rounds(reader) == rounds(stage, all_, budget, "optimum")
    assert reader.page.is_visible("#rounds-figure")


@pytest.mark.parametrize(
    "limits",
    [
        {"floor": 0.01},
        {"ceiling": 0.35},
        {"floor": 0.004, "ceiling": 0.5, "processor_cap": 0.8},
        {"processor_cap": 1.7},
    ],
    ids=str,
)
def test_floors_and_ceilings(read, make_stage, limits):
    stage = make_stage(30, seed=4, **limits)
    reader, all_ = read(stage.scene()), everybody(stage)
    assert "clipped" not in reader.methods()
    for budget in (2.5, 14.0):
        for name in reader.methods():
            reader.choose(method=name)
            reader.budget(budget)
            assert_agrees(reader, stage, all_, budget, name)
            assert both_rounds(reader) == rounds(stage, all_, budget, name)


def test_clients_and_groups_with_caps(read, make_stage):
    bare = make_stage(36, seed=5)
    client = bare.fleet.client
    stage = make_stage(
        36,
        seed=5,
        ends=False,
        client=client,
        client_cap=0.9,
        groups=client // 6,
        group_caps=np.array([1.5, 2.0, 2.5, 0.7, 3.0, 9.0]),
        floor=0.002,
    )
    reader = read(stage.scene(), "#by=processors")
    assert reader.methods() == ["optimum"]
    assert "where no client or group is at its cap" in reader.page.inner_text("#inclusion-says")
    for budget in (1.5, 6.0, 11.0):
        reader.budget(budget)
        best = solve(replace(stage.problem, budget=budget))
        assert np.allclose(reader.table(), best.probabilities, rtol=1e-9, atol=1e-13)
        assert reader.number("variance") == pytest.approx(best.variance, **CLOSE)
    reader.show(1, False)
    rows = stage.fleet.expand(stage.fleet.processors != 2)
    full = stage.problem
    growth = full.weights[rows].sum(axis=0)
    part = replace(
        full,
        scores=full.scores[rows] / growth,
        available=full.available[rows],
        processor_cap=full.processor_cap[rows],
        floor=full.floor[rows],
        ceiling=full.ceiling[rows],
        weights=None,
        client=full.client[rows],
        groups=full.groups[0][rows],
        group_caps=full.group_caps[0],
        budget=11.0,
        names=None,
    )
    best = solve(part)
    assert np.allclose(reader.table(), best.probabilities, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_scores_of_any_size(read, make_stage, scale):
    stage = make_stage(20, seed=6)
    stage.scale, stage.weighted = scale, True
    reader = read(stage.scene())
    reader.budget(7.0)
    best = solve(replace(stage.problem, budget=7.0))
    assert np.allclose(reader.table(), best.probabilities, rtol=1e-9, atol=1e-14)
    assert reader.number("ratio") == 1.0


def test_curves_pass_through_the_numbers(read, make_stage):
    stage = make_stage(seed=7)
    reader, all_ = read(stage.scene()), everybody(stage)
    for name in ("optimum", "uniform", "loss", "clipped", "AOCS 3"):
        reader.choose(method=name)
        curve = reader.page.evaluate(f"() => explore.page.curves.of({json.dumps(name)}).variance")
        for budget, variance in curve[:: len(curve) // 4]:
            found = reference(stage, all_, budget)[name].variance
            assert variance == pytest.approx(found, rel=1e-9, abs=1e-13 * curve[0][1])


def test_names_cannot_disturb_the_page(read, make_stage):
    stage = make_stage(44, seed=8)
    reader = read(stage.scene(name="<img src=x onerror=alert(1)> & co"))
    assert reader.page.evaluate("() => window.broken") is None
    assert reader.page.title().startswith("<img src=x")
    reader.page.fill("#search", "<SCRIPT>window")
    reader.settle()
    shown = reader.page.locator("#clients .row bdi").all_inner_texts()
    wanted = [name for name in stage.fleet.clients if "<script>" in name]
    assert sorted(shown) == sorted(wanted)
    for search in ("שלום", "日本", "👩", "r&d", "\u200e"):
        reader.page.fill("#search", search)
        assert reader.page.locator("#clients .row").count() == 4
    reader.page.fill("#search", "nobody of this name")
    assert reader.page.locator("#clients .row").count() == 0


def test_table_sorts_and_points_out(read, make_stage):
    stage = make_stage(seed=9)
    reader = read(stage.scene(budget=6.0))
    draws = np.zeros(stage.fleet.n_clients)
    np.add.at(draws, stage.fleet.client, reader.table().sum(axis=1))
    first = reader.page.locator("#clients .row").first
    assert first.get_attribute("data-client") == str(int(np.argmax(draws)))
    reader.page.get_by_role("columnheader", name="samples").get_by_role("button").click()
    most = int(np.argmax(stage.fleet.samples.sum(axis=1)))
    assert first.get_attribute("data-client") == str(most)
    first.click()
    reader.settle()
    assert reader.page.locator("#inclusion .chosen").count() == stage.fleet.processors[most]
    reader.page.locator("#clients").focus()
    reader.page.keyboard.press("ArrowDown")
    reader.settle()
    second = reader.page.locator("#clients .chosen-row").get_attribute("data-client")
    assert second == str(int(np.argsort(-stage.fleet.samples.sum(axis=1), kind="stable")[1]))
    assert reader.page.get_attribute("#clients", "aria-rowcount") == str(len(draws) + 1)


def test_a_link_shows_the_same(read, make_stage):
    stage = make_stage(seed=10)
    reader = read(stage.scene(), "#by=processors")
    reader.choose(method="loss", other="AOCS 1")
    reader.show(0, False)
    reader.budget(7.25)
    reader.page.wait_for_function("() => location.hash.includes('m=7.25')")
    again = read(stage.scene(), reader.page.evaluate("() => location.hash"))
    for name in ("variance", "draws", "rounds", "ratio"):
        # Rounds are not shown while a client is hidden: not a number, on both pages.
        assert again.number(name) == pytest.approx(reader.number(name), rel=0, abs=0, nan_ok=True)
    assert np.array_equal(again.table(), reader.table())
    wild = read(stage.scene(), "#m=-3&method=nonsense&by=%3Cb%3E&hide=0,99,x&sort=-&scale=7")
    assert wild.number("draws") == pytest.approx(4.0)


def test_csv_holds_what_is_shown(read, make_stage, tmp_path):
    stage = make_stage(seed=11)
    reader = read(stage.scene(), "#by=processors&hide=1&m=8")
    with reader.page.expect_download() as waiting:
        reader.page.click("#download")
    path = tmp_path / "downloaded.csv"
    waiting.value.save_as(path)
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
    shown = stage.fleet.processors != 2
    _, kept = stage.kept(shown)
    assert rows[0] == ["client", *stage.fleet.models]
    names = [stage.fleet.clients[i] for i in stage.fleet.client[kept]]
    assert [row[0] for row in rows[1:]] == names
    values = np.array([[float(cell or 0.0) for cell in row[1:]] for row in rows[1:]])
    assert np.array_equal(values, reader.table())


def test_a_budget_below_the_floors_is_said(read, make_stage):
    stage = make_stage(20, seed=12, floor=0.02)
    reader = read(stage.scene(budget=5.0))
    reader.budget(0.5)
    assert "least budget" in reader.page.inner_text("#trouble")
    assert reader.number("draws") == pytest.approx(0.02 * stage.problem.available.sum())
    reader.budget(5.0)
    assert not reader.page.is_visible("#trouble")


def test_last_group_cannot_be_hidden(read, make_stage):
    reader = read(make_stage(seed=13).scene(), "#by=processors")
    reader.show(0, False)
    reader.show(1, False)
    assert reader.page.locator('#groups input[data-group="2"]').is_disabled()
    reader.page.click("#reset")
    reader.settle()
    assert reader.page.locator("#groups input:not(:checked)").count() == 0


def test_narrow_and_dark(read, make_stage):
    scene = make_stage(seed=14).scene()
    narrow = read(scene, viewport={"width": 375, "height": 700})
    wide = narrow.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 375
    dark = read(scene, color_scheme="dark")
    paper = dark.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert max(map(int, paper.removeprefix("rgb(").rstrip(")").split(","))) < 60


def test_a_printed_page_cuts_nothing_off(read, make_stage):
    reader = read(make_stage(seed=18).scene(), viewport={"width": 718, "height": 1000})
    reader.page.wait_for_selector("#clients .row")  # a moment after everything else
    reader.page.emulate_media(media="print")
    for wide in ("#clients .head", "#clients .row", "#clients .space"):
        ends = reader.page.eval_on_selector(wide, "one => one.getBoundingClientRect().right")
        assert ends <= 718
    fit = "() => getComputedStyle(document.querySelector('#inclusion canvas')).objectFit"
    assert reader.page.evaluate(fit) == "contain"  # paper scales points and axes alike
    draws = reader.page.locator("#clients .head span").last
    assert draws.inner_text().startswith("draws")
    assert draws.evaluate("one => one.getBoundingClientRect().right") <= 718


def test_equally_good_is_said_plainly(read, make_stage):
    stage = make_stage(seed=17)
    reader = read(stage.scene(budget=0.5))
    assert reader.page.inner_text("#ratio") == "0.0\u202f%"
    for method, other in (("AOCS 4", "uniform"), ("optimum", "AOCS 4")):
        reader.choose(method=method, other=other)
        assert "AOCS 4 is as good as the optimum" in reader.page.inner_text("#headline")
    reader.choose(method="uniform")
    assert "more update variance than the optimum" in reader.page.inner_text("#headline")


def test_nobody_matters(read, make_stage):
    stage = make_stage(5, seed=16)
    stage.norms[:] = 0.0
    reader = read(stage.scene())
    assert reader.number("draws") == 0.0
    assert reader.number("variance") == 0.0
    reader.choose(method="uniform")
    assert reader.number("draws") == pytest.approx(4.0)
    assert reader.number("ratio") == 1.0


@pytest.mark.slow
def test_a_hundred_thousand_clients(read, make_stage):
    stage = make_stage(100_000, seed=15, ends=False)
    start = time.perf_counter()
    reader = read(stage.scene(budget=20_000.0))
    loaded = time.perf_counter() - start
    spent = reader.page.evaluate(
        """async () => {
          const start = performance.now();
          for (let k = 1; k <= 10; k++) {
            explore.page.setBudget(20000 + 1000 * k);
            await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
          }
          return (performance.now() - start) / 10;
        }"""
    )
    print(f"\n100,000 clients: written and open in {loaded:.1f} s, {spent:.0f} ms a move")
    best = solve(replace(stage.problem, budget=30_000.0))
    assert np.allclose(reader.table(), best.probabilities, rtol=1e-9, atol=1e-14)
    assert reader.number("variance") == pytest.approx(best.variance, **CLOSE)
    assert reader.page.locator("#clients .row").count() < 60
    assert spent < 10_000.0
