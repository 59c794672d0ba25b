"""Results as frames of both libraries, as plain data, and as tables in a notebook."""

import copy
import json
import pickle
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

import roundlot as rl
from roundlot.simulate import simulate_stragglers
from roundlot.solvers import (
    Deadline,
    Target,
    make_partition,
    seconds_to_target,
    stragglers_from_speed,
)
from roundlot.solvers.graphs import Graph, optimise_links
from roundlot.verify import check_certificate

pd = pytest.importorskip("pandas")
RANDOM = np.random.default_rng(0)
NAMES = ("ann", "bob", "<script>", "dee")
PROBLEM = rl.Problem(
    {"client": NAMES, "a": [1.0, 2.0, 0.5, 1.5], "b&b": [0.2, 0.1, 3.0, 0.7]}, budget=2
)
SOLUTION = rl.solve(PROBLEM)
WORST = rl.solve(PROBLEM, objective="max")
TARGET = Target(smoothness=4.0, strong_convexity=1.0, initial=10.0, target=1.0)
MANY = rl.solve(rl.Problem(RANDOM.random((3000, 20)) + 0.1, budget=100))


def dealt():
    return make_partition(RANDOM.normal(size=(60, 3)), np.repeat([0, 1], 30), [1.0, 2.0])


RESULTS = {
    "solution": (lambda: SOLUTION, 4),
    "worst": (lambda: WORST, 4),
    "large": (lambda: MANY, 3000),
    "comparison": (lambda: rl.compare(PROBLEM, repeats=1), 22),
    "verdict": (lambda: check_certificate(SOLUTION), 1),
    "verification": (lambda: rl.verify_solution(SOLUTION, rounds=200), 4),
    "realised": (lambda: rl.simulate_rounds(SOLUTION, rounds=30), 30),
    "least budget": (lambda: rl.least_budget(PROBLEM, 2.0 * SOLUTION.model_variance), 4),
    "least cost": (lambda: rl.least_cost(PROBLEM, 1.0, 2.0 * SOLUTION.model_variance), 4),
    "seconds": (lambda: seconds_to_target(PROBLEM, PROBLEM.scores, TARGET, boxes=1), 4),
    "partition": (dealt, 2),
    "links": (lambda: optimise_links(Graph.of([("x", "y"), ("y", "z"), ("z", "x")]), 0.5), 3),
}


class _Tags(HTMLParser):
    """Every tag, and whether all are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        assert not attrs
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_is_a_frame_plain_data_and_a_small_table(name) -> None:
    make, rows = RESULTS[name]
    result = make()
    polars_, pandas_ = result.to_frame("polars"), result.to_frame("pandas")
    assert isinstance(result.to_frame(), pl.DataFrame)
    assert len(polars_) == len(pandas_) == rows
    assert list(pandas_.reset_index().columns if pandas_.index.name else pandas_.columns) == (
        polars_.columns
    )
    json.dumps(result.to_dict(), allow_nan=False)
    page, tags = result._repr_html_(), _Tags()
    tags.feed(page)
    assert not tags.open
    assert tags.seen <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}
    assert len(page) < 8000


def test_a_solution_says_who_and_what_by_name() -> None:
    frame = SOLUTION.to_frame("pandas")
    assert frame.index.tolist() == list(NAMES)
    assert frame.loc["dee", "b&b"] == SOLUTION.probabilities[3, 1]
    assert SOLUTION.to_frame()["client"].to_list() == list(NAMES)
    plain = SOLUTION.to_dict()
    assert plain["probabilities"] == SOLUTION.probabilities.tolist()
    assert plain["model_variance"]["a"] == SOLUTION.model_variance[0]
    page = SOLUTION._repr_html_()
    assert "&lt;script&gt;" in page
    assert "b&amp;b" in page
    assert "2,990 more rows and 9 more columns" in MANY._repr_html_()


def test_frames_come_back_in_the_library_of_the_scores() -> None:
    scores = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    solution = rl.solve(rl.Problem(scores, budget=1))
    assert isinstance(solution.to_frame(), pd.DataFrame)
    assert isinstance(rl.compare(solution.problem, repeats=1).to_frame(), pd.DataFrame)
    rounds = rl.simulate_rounds(solution, rounds=5)
    assert isinstance(rounds.to_frame(), pd.DataFrame)
    assert "error of model 'a'" in rounds.to_frame().columns
    assert rounds.to_dict()["models"] == ["a"]
    assert isinstance(solution.to_frame("polars"), pl.DataFrame)
    again = rl.Problem(solution.to_frame(), budget=1)
    assert again.names.clients == ("x", "y")


def test_a_frame_of_probabilities_can_be_drawn() -> None:
    for library in ("pandas", "polars"):
        drawn = rl.design(SOLUTION.to_frame(library), "systematic")
        expected = rl.design(SOLUTION, "systematic")
        assert np.array_equal(drawn.probabilities, expected.probabilities)


@pytest.mark.parametrize("solution", [SOLUTION, WORST], ids=["sum", "max"])
def test_equal_solutions_are_equal(solution) -> None:
    for twin in (pickle.loads(pickle.dumps(solution)), copy.deepcopy(solution)):
        assert twin == solution
        assert hash(twin) == hash(solution)
    assert rl.solve(PROBLEM) == SOLUTION  # another run, of other seconds
    assert SOLUTION != WORST
    assert rl.solve(rl.Problem(PROBLEM.scores, budget=2)) != SOLUTION
    assert SOLUTION != "a solution"


def test_rounds_cut_short_are_a_frame() -> None:
    rounds = simulate_stragglers(
        Deadline(seconds=2.0),
        stragglers_from_speed([1.0, 2.0]),
        [4, 4],
        [[1.0], [2.0]],
        noise_variance=1.0,
        rounds=5,
    )
    assert len(rounds.to_frame()) == 5
    assert rounds.to_frame().columns[:3] == ["round", "seconds", "units"]
