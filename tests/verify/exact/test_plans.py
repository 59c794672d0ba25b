"""Plans as files: written by a solver, judged from the file alone, refused when forged."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot import solvers
from roundlot.cli import main
from roundlot.theory.certificates.document import digest_of
from roundlot.theory.json_text import UnreadableError, parse
from roundlot.verify.exact import judge_plan

RNG = np.random.default_rng(5)
SCORES = RNG.lognormal(size=(6, 2))
TREE = {
    "client": [0, 0, 1, 1, 2, 2],
    "client_cap": 0.9,
    "groups": [[0, 0, 0, 0, 1, 1], [0] * 6],
    "group_caps": [[1.1, 0.8], [1.7]],
    "model_budgets": [1.2, 1.0],
    "costs": RNG.uniform(0.5, 2.0, (2, 6, 2)),
    "cost_budgets": [2.0, 2.2],
    "floor": 0.02,
    "model_weights": [1.0, 3.0],
}


def uncertain():
    available = np.ones(SCORES.shape, dtype=bool)
    available[2, 1] = False
    problem = rl.Problem(SCORES, budget=2, floor=0.03, available=available, model_weights=[1, 2])
    return solvers.solve_uncertain(problem, SCORES * 1.7, deviations=2.5)


def online():
    problem = rl.Problem(SCORES, budget=1.9, **TREE)
    return solvers.solve_online(problem, np.repeat([0.3, 0.55, 1.0], 2))


def rounds():
    day = rl.Problem(SCORES, budget=1.8, **TREE)
    night = rl.Problem(SCORES[:4] * 2.0, budget=0.7, model_weights=[1.0, 3.0])
    return solvers.solve_rounds([day, night], budget=1.0, chances=[0.7, 0.3])


def several():
    problem = rl.Problem(
        SCORES, budget=9, **{k: v for k, v in TREE.items() if k != "model_weights"}
    )
    layers = np.stack([SCORES, SCORES[::-1]])
    return solvers.least_cost_of_several(
        problem, layers, [[200.0, math.inf], [150.0, 300.0]], cost=RNG.uniform(1, 2, (6, 2))
    )


ANSWERS = {one.__name__: one() for one in (uncertain, online, rounds, several)}


def document(answer, folder: Path) -> dict:
    return parse(answer.save(folder / "plan.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ANSWERS)
def test_a_saved_plan_is_proved_from_its_file_alone(name: str, tmp_path: Path, capsys) -> None:
    answer = ANSWERS[name]
    path = answer.save(tmp_path / "plan.json")
    assert main(["check", str(path)]) == 0
    assert "proved: objective" in capsys.readouterr().out
    found = judge_plan(parse(path.read_text("utf-8")), tmp_path).findings
    assert found.gap < 1e-9
    assert found.lower_bound >= answer.lower_bound
    assert main(["check", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["proved"] is True


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        # P = α p has Σ P <= 0.4: 0.2 each of scores 1, so p is 0.2 and 0.8
        (solvers.solve_online(rl.Problem([[1.0], [1.0]], budget=0.4), [1.0, 0.25]), 10),
        # in proportion to the scores, 0.3 and 0.6: 1/0.3 + 4/0.6
        (solvers.solve_rounds([rl.Problem([[a]], budget=1) for a in (1.0, 2.0)], budget=0.9), 10),
        # alike, so 1/2 each: 1/0.5 + 1/0.5, and 3/0.5 of the one that deviates
        (
            solvers.solve_uncertain(rl.Problem([[1.0], [1.0]], budget=1), [[2], [2]], deviations=1),
            10,
        ),
        (
            solvers.least_cost_of_several(
                rl.Problem([[1.0]], budget=1), [[[2.0]], [[1.0]]], [6.0, 9.0], cost=3.0
            ),
            Fraction(6, 5),  # 4 (1/p − 1) = 6 at p = 2/5, where 1 (1/p − 1) = 3/2; times 3
        ),
    ],
)
def test_values_by_hand(answer, value: int, tmp_path: Path) -> None:
    found = judge_plan(document(answer, tmp_path), tmp_path).findings
    assert not found.complaints
    assert found.lower_bound <= value <= found.objective * (1 + 1e-15)
    assert found.objective == pytest.approx(float(value), rel=1e-12)
    assert found.lower_bound == pytest.approx(float(value), rel=1e-9)


def forged(plan: dict, path: tuple, change) -> dict:
    copy = json.loads(json.dumps(plan))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = change(at[path[-1]])
    return copy


def up(value):
    return [up(x) for x in value] if isinstance(value, list) else value * 1.01


def down(value):
    return [down(x) for x in value] if isinstance(value, list) else value * 0.99


def negative(value):
    return [negative(x) for x in value] if isinstance(value, list) else -value - 1e-3


NUMBERS = [
    (("lower_bound",), up),
    (("objective",), down),
    (("objective",), up),
    (("gap",), lambda gap: gap - 0.1),
    (("gap",), lambda gap: gap + 0.1),
    (("parts", 0, "probabilities"), up),
    (("parts", 0, "probabilities"), down),
    (("parts", 0, "prices", "budget"), negative),
    (("parts", 0, "prices", "processors"), negative),
    (("parts", 0, "problem", "budget"), down),
]
OWN = {
    "uncertain": [
        (("highest",), up),
        (("highest",), lambda value: up(up(value))),
        (("shares",), up),
        (("shares",), negative),
        (("deviations",), down),
        (("deviations",), lambda value: value + 1),
    ],
    "online": [(("online",), down), (("online",), lambda value: [*value[:-1], 1.5])],
    "rounds": [
        (("budget",), down),
        (("chances",), lambda value: value[::-1]),
        (("chances",), up),
        (("price",), negative),
        (("price",), lambda value: value * 2),
    ],
    "several": [
        (("ceilings", 0, 0), down),
        (("variables",), up),
        (("cost",), up),
        (("ceiling_prices",), negative),
        (("ceiling_prices",), lambda value: up(up(up(value)))),
    ],
}


@pytest.mark.parametrize(
    ("name", "path", "change"),
    [(name, *item) for name in ANSWERS for item in (*NUMBERS, *OWN[name])],
)
def test_forged_plans_are_refused(name: str, path: tuple, change, tmp_path: Path) -> None:
    answer = ANSWERS[name]
    plan = json.loads(answer.save(tmp_path / "plan.json").read_text("utf-8"))
    plan = parse(json.dumps(forged(plan, path, change)))
    assert not judge_plan(plan, tmp_path).proved


def test_a_changed_problem_is_refused_by_its_digest(tmp_path: Path) -> None:
    plan = document(ANSWERS["online"], tmp_path)
    plan["parts"][0]["problem"]["floor"] = 0.0
    assert "sha256" in str(judge_plan(plan, tmp_path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "guesses"}, "known are uncertain scores, online, rounds, several variances"),
        ({"parts": []}, "there are 0 parts"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"online": [1.0]}, "online has shape (1,)"),
        ({"version": 2}, "version 2"),
    ],
)
def test_what_is_no_plan_is_unreadable(change: dict, said: str, tmp_path: Path) -> None:
    plan = document(ANSWERS["online"], tmp_path) | change
    with pytest.raises(UnreadableError) as refused:
        judge_plan(plan, tmp_path)
    assert said in str(refused.value)


def test_long_arrays_lie_beside_the_file(tmp_path: Path) -> None:
    scores = np.random.default_rng(1).lognormal(size=(501, 2))
    answer = solvers.solve_online(rl.Problem(scores, budget=30), np.linspace(0.2, 1, 501))
    path = answer.save(tmp_path / "plan.json")
    beside = list(tmp_path.glob("plan.*.npy"))
    assert beside
    assert main(["check", str(path)]) == 0
    changed = np.load(beside[0])
    changed.flat[0] += 0.25
    np.save(beside[0], changed)
    assert main(["check", str(path)]) == 1
    answer.save(path)
    assert main(["check", str(path)]) == 0


@pytest.mark.filterwarnings("ignore:budget")
@settings(max_examples=15, deadline=None)
@given(
    scores=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
    chances=st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    budget=st.floats(0.01, 4),
)
def test_any_plan_for_clients_online_by_chance_is_proved(scores, chances, budget) -> None:
    answer = solvers.solve_online(rl.Problem([[a] for a in scores], budget=budget), chances)
    assert answer.verify(), answer.complaints()
    # as the plain problem of what is expected, in fractions
    terms = [
        Fraction(a) ** 2 / (Fraction(c) * Fraction(float(p)))
        for a, c, p in zip(scores, chances, answer.probabilities[:, 0], strict=True)
        if a
    ]
    assert float(sum(terms)) == pytest.approx(answer.objective, rel=1e-12)


HUGE = 1e308
ROUND = {
    "scores": [[1.0], [2.0]],
    "budget": 1.0,
    "processor_cap": 1.0,
    "floor": 0.0,
    "ceiling": 1.0,
    "model_weights": 1.0,
    **dict.fromkeys(("available", "client", "client_cap", "groups", "group_caps", "weights")),
    **dict.fromkeys(("model_budgets", "costs", "cost_budgets", "client_floor", "group_floors")),
    **dict.fromkeys(("model_floors", "model_variance_ceilings")),
}
DRAWN = {  # in proportion to the scores; the price of a draw is (1 + 2)²
    "problem": ROUND,
    "probabilities": [[0.333333333333333], [0.666666666666666]],
    "prices": {
        **{"exponent": 0, "budget": 9.0, "processors": 0.0, "levels": [], "models": 0.0},
        **{"costs": [], "variances": None},
    },
}
NINE = {"objective": 9.000000000000009, "lower_bound": 8.999, "gap": 9.000000000000009 / 8.999 - 1}
# 1 (1/p − 1) + 4 (1/p − 1) = 5 at p = 1/2; at price 9/100: 2 √0.09 (1 + 2) − 0.09 (5 + 5)
FREE = {
    "problem": {**ROUND, "budget": None},
    "probabilities": 0.5,
    "prices": {**DRAWN["prices"], "budget": 0.0},
}
BY_HAND = {
    "rounds": {"parts": [DRAWN], "chances": None, "budget": 1.0, "price": 0.0, **NINE},
    "online": {"parts": [DRAWN], "online": 1.0, **NINE},
    "uncertain scores": {
        **{"parts": [DRAWN], "highest": [[1.0], [2.0]], "deviations": 0, "shares": 0.0, **NINE}
    },
    "several variances": {
        **{"parts": [FREE], "variables": [[[1.0], [2.0]]], "ceilings": [[5.0]], "cost": 1.0},
        **{"ceiling_prices": [[0.09]], "objective": 1.0, "lower_bound": 0.8999},
        "gap": 1 / 0.8999 - 1,
    },
}


def by_hand(kind: str, changes: dict) -> dict:
    plan = json.loads(json.dumps({"format": "roundlot-plan", "version": 1, "kind": kind}))
    plan |= json.loads(json.dumps(BY_HAND[kind]))
    for path, value in changes.items():
        plan = forged(plan, path, lambda _, value=value: value)
    for part in plan["parts"]:
        part["problem_sha256"] = digest_of(parse(json.dumps(part["problem"])))
    return parse(json.dumps(plan))


@pytest.mark.parametrize("kind", BY_HAND)
def test_a_plan_that_a_hand_wrote_is_proved(kind: str, tmp_path: Path) -> None:
    assert judge_plan(by_hand(kind, {}), tmp_path).proved


@pytest.mark.parametrize("kind", BY_HAND)
@pytest.mark.parametrize(
    "value", [HUGE, [[HUGE], [HUGE]], 5e-324, 0, -1, {"number": "NaN"}, {"number": "Infinity"}]
)
def test_no_probabilities_stop_the_judge(kind: str, value: object, tmp_path: Path) -> None:
    plan = by_hand(kind, {("parts", 0, "probabilities"): value})
    judgement = judge_plan(plan, tmp_path)
    assert not judgement.proved
    assert judgement.reasons


def test_a_variance_beyond_float64_is_above_its_ceiling(tmp_path: Path) -> None:
    plan = by_hand("several variances", {("variables",): [[[1e300], [1e300]]]})
    assert "above its ceiling" in str(judge_plan(plan, tmp_path))


@pytest.mark.parametrize("kind", BY_HAND)
def test_a_lower_bound_of_0_has_no_finite_gap(kind: str, tmp_path: Path) -> None:
    assert "lower_bound 0" in str(judge_plan(by_hand(kind, {("lower_bound",): 0}), tmp_path))


@pytest.mark.parametrize("value", [1, 0.5, True, {"number": "NaN"}])
def test_floors_of_groups_that_are_no_list_are_unreadable(value: object, tmp_path: Path) -> None:
    plan = by_hand("rounds", {("parts", 0, "problem", "group_floors"): value})
    with pytest.raises(UnreadableError, match="group_floors is not a list"):
        judge_plan(plan, tmp_path)
