"""What refusals advise ends in an answer, followed digit for digit."""

import numpy as np
import pytest

import roundlot as rl
from benchmarks.hostile import judging
from benchmarks.hostile.advice import ends, followed
from benchmarks.hostile.instances import Instance, draw
from benchmarks.hostile.truth import is_feasible


def said_of(one):
    try:
        judging._solved(one)
    except (rl.InfeasibleError, rl.ConvergenceError) as error:
        return str(error)
    return ""


def instance(scores, *, objective="sum", options=None, **given):
    return Instance(
        seed=0,
        limits="none",
        objective=objective,
        values="plain",
        given={"scores": np.array(scores), **given},
        options=options or {},
    )


ONES = np.ones((3, 2))
REFUSED = [
    instance(ONES, budget=1.0, model_floors=[1.0, 1.0]),
    instance(ONES, budget=2.0, model_floors=[2.5, 0.2]),
    instance(ONES, budget=2.0, client=[0, 0, 1], client_floor=[0.5, 1.25]),
    instance(ONES, budget=2.0, client=[0, 0, 1], client_floor=[1.5, 1.0]),
    instance(ONES, budget=2.0, client=[0, 0, 1], client_cap=[0.5, 1.0], model_floors=[1.0, 0.9]),
    instance(ONES, budget=1.0, floor=np.full((3, 2), 0.25)),
    instance(ONES, budget=1.5, floor=np.array([[0.5, 0.0], [0.5, 0.0], [0.5, 0.0]])),
    instance(ONES, budget=2.0, processor_cap=[0.5, 1.0, 1.0], floor=np.full((3, 2), 0.3)),
    instance(
        ONES, budget=1.0, objective="least_cost", options={"cost": ONES, "ceilings": np.ones(2)}
    ),
    instance(
        ONES * 1e170,
        budget=1.0,
        objective="least_cost",
        options={"cost": ONES, "ceilings": np.full(2, 1e300)},
    ),
    # floors that no budget meets: the caps can use three draws
    instance(
        ONES,
        budget=9.0,
        objective="least_budget",
        model_floors=[2.0, 2.0],
        options={"ceilings": np.full(2, 50.0)},
    ),
]


@pytest.mark.parametrize("one", REFUSED)
def test_every_way_out_ends_in_an_answer(one):
    said = said_of(one)
    assert said
    found = ends(one, said, said_of)
    assert found
    assert not any(found), (said, found)


def test_what_would_fit_is_feasible_as_it_is_printed():
    one = REFUSED[0]
    assert not is_feasible(one)
    ways = followed(one, said_of(one))
    assert len(ways) == 2  # lower floors, or a larger budget
    assert all(is_feasible(way) for way in ways)


def test_a_budget_that_caps_cannot_use_is_not_advised():
    said = said_of(REFUSED[-1])
    assert "no budget meets the limits, not even all 3 draws" in said
    assert "or a budget of" not in said


def test_advice_that_leads_back_is_seen():
    one = REFUSED[0]
    assert ends(one, said_of(one), lambda _: said_of(one)) == [said_of(one)] * 2


@pytest.mark.parametrize("seed", [3000119, 3000274, 3000400, 3000394, 3000642, 7000839])
def test_hostile_refusals_end_in_answers(seed):
    one = draw(seed)
    found = ends(one, said_of(one), said_of)
    assert found
    assert not any(found), found


def test_no_ceilings_are_advised_at_which_nothing_is_proved():
    # squares from 1e290 to 1e507 under a ceiling of 1e300: at its edge prices lose all digits
    one = draw(3001915)
    said = said_of(one)
    assert "give ceilings near the squares of the scores" in said
    assert not followed(one, said)


def test_what_costs_is_next_to_never_drawn_where_the_rest_keeps_the_ceilings():
    said = said_of(draw(8048911))
    assert "the least cost is below the range of float64" in said


@pytest.mark.parametrize("seed", [8012658, 8018721])
def test_the_best_probabilities_are_proved_by_the_best_prices(seed):
    assert judging._solved(draw(seed)).gap <= 1e-12
