"""A schedule of mixing: what a round mixes by, its file, and what is refused."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from roundlot.simulate.workers import (
    DrawnGraph,
    Links,
    Matcha,
    MixingSchedule,
    drawn_matrices,
    equi_schedule,
    read_schedule,
    write_schedule,
)
from roundlot.solvers.graphs import (
    LeaderWeights,
    Turn,
    decompose,
    joint_contraction,
    optimise_links,
    shape,
    shape_matchings,
)
from roundlot.theory import InvalidProblemError


def path_of_three(**changes) -> MixingSchedule:
    """The links a-b, weight 0.5, in half of the rounds and b-c, weight 0.25, in all."""
    links = Links(n_workers=3, matchings=(np.array([[0, 1]]), np.array([[1, 2]])))
    graph = DrawnGraph(links=links, probabilities=[0.5, 1.0], weights=[[0.5], [0.25]])
    given = {"method": "matcha", "nodes": ("a", "b", "c"), "graphs": (graph,), "seed": 3}
    return MixingSchedule(**{**given, **changes})


def test_matrices_by_hand_and_contraction_by_enumeration() -> None:
    schedule = path_of_three()
    half = np.array([[1, 0, 0], [0, 0.75, 0.25], [0, 0.25, 0.75]])
    both = np.array([[0.5, 0.5, 0], [0.5, 0.25, 0.25], [0, 0.25, 0.75]])
    for number, matrix in enumerate(schedule.matrices(20)):
        assert np.array_equal(matrix, both if schedule.used(number)[0] else half)
    assert 0 < sum(schedule.used(k)[0] for k in range(20)) < 20
    second = (half.T @ half + both.T @ both) / 2
    assert schedule.contraction == pytest.approx(np.linalg.norm(second - 1 / 3, 2), abs=1e-14)


def test_two_graphs_in_turn_contract_as_all_their_draws_do() -> None:
    first, second = (decompose(edges) for edges in ([(0, 1), (1, 2)], [(0, 2), (0, 1)]))
    designs = [optimise_links(one, 0.5) for one in (first, second)]
    schedule = MixingSchedule.of(*designs, seed=1)
    total = np.zeros((3, 3))
    for on in itertools.product((0, 1), repeat=4):
        product, chance = np.eye(3), 1.0
        for design, flags in zip(designs, (on[:2], on[2:]), strict=True):
            p = design.probabilities
            chance *= np.prod(np.where(flags, p, 1 - p))
            product = design.mixing_matrix(np.array(flags, bool)) @ product
        total += chance * product.T @ product
    assert schedule.contraction**2 == pytest.approx(np.linalg.norm(total - 1 / 3, 2), abs=1e-12)
    turns = [
        Turn(decomposition=d.decomposition, probabilities=d.probabilities, weight=d.weight)
        for d in designs
    ]
    assert schedule.contraction == pytest.approx(joint_contraction(turns).per_round, abs=1e-9)
    assert schedule.at(5) is schedule.graphs[1]


def test_draws_are_those_of_training_with_this_seed() -> None:
    design = optimise_links(shape_matchings("paper8", shape("paper8")), 0.5)
    schedule = MixingSchedule.of(design, seed=11)
    method = Matcha(
        links=Links.of(design.decomposition),
        probabilities=design.probabilities,
        weight=design.weight,
    )
    expected = drawn_matrices(method, 30, seed=11)
    assert np.allclose(schedule.matrices(30), expected, rtol=0, atol=1e-15)
    assert np.array_equal(schedule.matrices(5, start=25), schedule.matrices(30)[25:])


def test_nodes_in_another_order_are_the_same_workers() -> None:
    one = optimise_links(decompose([("a", "b"), ("b", "c")]), 1.0)
    other = optimise_links(decompose([("c", "b"), ("c", "a")]), 1.0)
    schedule = MixingSchedule.of(one, other)
    assert schedule.matrix(1)[0, 1] == 0.0
    assert schedule.matrix(1)[0, 2] == schedule.matrix(1)[1, 2] == pytest.approx(other.weight)


def test_a_file_gives_every_bit_back(tmp_path: Path) -> None:
    design = optimise_links(shape_matchings("paper8", shape("paper8")), 0.4)
    other = optimise_links(shape("ring", 8), 0.3)
    leaders = LeaderWeights(best=0.1, central=1 / 3)
    whole = MixingSchedule.of(
        design, other, method="adjacent-leader", seed=2**64 - 1, leaders=leaders, update="code"
    )
    write_schedule(tmp_path / "s.json", whole)
    again = read_schedule(tmp_path / "s.json")
    assert (again.seed, again.method, again.update) == (2**64 - 1, "adjacent-leader", "code")
    assert again.leaders == leaders
    assert again.nodes == whole.nodes
    assert np.array_equal(again.matrices(12), whole.matrices(12))
    with pytest.raises(FileExistsError, match="exists"):
        write_schedule(tmp_path / "s.json", whole)


BAD = {
    "version": (lambda d: d.update(version=2), "version 2"),
    "format": (lambda d: d.update(format="x"), "format 'roundlot.schedule'"),
    "a key too many": (lambda d: d.update(extra=1), "unknown key 'extra'"),
    "a key too few": (lambda d: d.pop("seed"), "lacks the key 'seed'"),
    "seed": (lambda d: d.update(seed=-1), "seed is -1"),
    "seed of a kind": (lambda d: d.update(seed=True), "seed is True"),
    "method": (lambda d: d.update(method="gossip"), "method is 'gossip'"),
    "a name twice": (lambda d: d["nodes"].__setitem__(2, "b"), "node b is there twice"),
    "no such node": (lambda d: d["nodes"].__setitem__(2, "z"), "links 'c', which is not among"),
    "a bad chance": (lambda d: graph(d)["probabilities"].__setitem__(0, 1.5), "matching 0 is 1.5"),
    "text": (lambda d: graph(d)["probabilities"].__setitem__(0, "1"), "probability 0 of graph 0"),
    "a flag": (lambda d: graph(d)["probabilities"].__setitem__(0, True), "is True; give a number"),
    "nan": (
        lambda d: graph(d)["probabilities"].__setitem__(0, {"number": "NaN"}),
        "matching 0 is nan",
    ),
    "a matrix": (
        lambda d: graph(d).update(matrix=[[1, 0, 0], [1, 0, 0], [0, 0, 1]]),
        "unknown key 'matrix'",
    ),
    "two ways": (
        lambda d: graph(d)["matchings"][1].__setitem__(0, ["b", "a"]),
        "a link is in two matchings",
    ),
    "a weight each way": (
        lambda d: graph(d)["weights"].__setitem__(0, [0.5, 0.25]),
        "give 1 finite numbers, one a link",
    ),
    "weights": (lambda d: graph(d)["weights"].pop(), "weights for 1 matchings, not 2"),
    "weight": (
        lambda d: graph(d)["weights"][0].__setitem__(0, {"number": "Infinity"}),
        "is inf; give a number",
    ),
    "loop": (lambda d: graph(d)["matchings"][0].__setitem__(0, ["a", "a"]), "to itself"),
    "ends": (lambda d: graph(d)["matchings"][0].__setitem__(0, ["a"]), "has 1 ends; give two"),
    "twice": (lambda d: graph(d)["matchings"][0].append(["b", "c"]), "links a worker twice"),
    "never": (lambda d: graph(d)["probabilities"].__setitem__(1, 0), "no link"),
    "random": (lambda d: d.update(method="d-psgd"), "probability below 1"),
    "leaders": (lambda d: d.update(leaders={}), "leaders lacks the key 'update'"),
    "no leaders": (lambda d: d.update(method="adjacent-leader"), "leaders belong to the method"),
    "no graph": (lambda d: d.update(graphs=[]), "has no graph"),
    "graphs": (lambda d: d.update(graphs={}), "graphs: give a list"),
}


def graph(document: dict) -> dict:
    return document["graphs"][0]


@pytest.mark.parametrize("fault", BAD)
def test_what_is_no_schedule_is_named_in_one_line(fault: str, tmp_path: Path) -> None:
    change, told = BAD[fault]
    place = tmp_path / "s.json"
    write_schedule(place, path_of_three())
    document = json.loads(place.read_text("utf-8"))
    change(document)
    place.write_text(json.dumps(document), "utf-8")
    with pytest.raises(InvalidProblemError, match="is no schedule") as error:
        read_schedule(place)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1, "format": 2}', "\x00", "1e999"])
def test_junk_is_no_schedule(text: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(text, "utf-8")
    with pytest.raises(InvalidProblemError, match="is no schedule"):
        read_schedule(tmp_path / "s.json")


def test_no_part_of_a_file_is_a_schedule(tmp_path: Path) -> None:
    """A file that was cut off anywhere, at whatever byte."""
    place = tmp_path / "s.json"
    write_schedule(place, path_of_three())
    whole = place.read_bytes().rstrip()
    for length in range(len(whole)):
        place.write_bytes(whole[:length])
        with pytest.raises(InvalidProblemError, match="is no schedule") as error:
            read_schedule(place)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"nodes": ' * 50_000])
def test_what_is_nested_too_deep_is_no_schedule(deep: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(deep, "utf-8")
    with pytest.raises(InvalidProblemError, match="is no schedule") as error:
        read_schedule(tmp_path / "s.json")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400 + len(str(tmp_path))


def test_a_schedule_of_the_command_is_read_back(call, tmp_path: Path) -> None:
    place = tmp_path / "s.json"
    for gossip, contraction in (("matcha", 0.64398), ("d-psgd", 0.65378)):
        code, _, error = call("graph", "paper8", "--schedule", place, "--gossip", gossip)
        assert code == 0, error
        read = read_schedule(place)
        assert read.contraction == pytest.approx(contraction, abs=1e-5)
        assert read.method == gossip
        assert call("graph", "paper8", "--schedule", place)[0] == 2
        place.unlink()
    for words in (
        ("--schedule", place, "--gossip", "d-psgd", "--budget", 0.5),
        ("--gossip", "matcha"),
        ("--schedule", place, "--gossip", "none"),
    ):
        code, _, error = call("graph", "paper8", *words)
        assert (code, error.count("\n")) == (2, 1)
        assert not place.exists()


@pytest.mark.parametrize("turns", [1, 20, 100])
def test_many_turns_of_a_triangle_leave_what_one_leaves(turns: int) -> None:
    """All three links alike, each alone in half of the rounds, weight 0.4: by symmetry a multiple
    of ``I − J`` stays one, and ρ = 1 − 2·0.4·1.5 + 0.16 (1.5² + 2·0.25·3) = 0.4."""
    matchings = tuple(np.array([pair]) for pair in ([0, 1], [1, 2], [0, 2]))
    links = Links(n_workers=3, matchings=matchings)
    graph = DrawnGraph(links=links, probabilities=[0.5] * 3, weights=[[0.4]] * 3)
    schedule = path_of_three(graphs=(graph,) * turns)
    assert schedule.contraction == pytest.approx(0.4, rel=1e-12)

    names = ("a", "b", "c")
    own = decompose([("a", "b"), ("b", "c"), ("a", "c")])
    assert own.graph.nodes == names
    assert own.n_matchings == 3
    turn = Turn(decomposition=own, probabilities=np.full(3, 0.5), weight=0.4)
    joint = joint_contraction([turn] * turns)
    assert joint.period.lower <= 0.4**turns <= joint.period.upper
    assert joint.per_round == pytest.approx(0.4, rel=1e-9)


def test_sixty_rounds_of_random_partners_against_their_product_in_fractions() -> None:
    schedule = equi_schedule([f"w{k}" for k in range(6)], period=60, seed=2)
    product = np.array([[Fraction(int(i == j)) for j in range(6)] for i in range(6)])
    for matrix in schedule.matrices(60):
        links = np.array([[Fraction(w) for w in row] for row in matrix.tolist()])
        for i in range(6):  # rows sum to 1 but for rounding: exactly, here
            links[i, i] += 1 - sum(links[i])
        product = links.dot(product)
    away = product - Fraction(1, 6)
    size = max(abs(entry) for entry in away.ravel())
    scaled = np.array([[float(entry / size) for entry in row] for row in away])
    logarithm = 2.0 * (math.log(size) + math.log(np.linalg.norm(scaled, 2)))
    assert logarithm < -40.0  # far below what differences of float64 from J resolve
    assert schedule.contraction == pytest.approx(math.exp(logarithm / 60), rel=1e-9)


def test_weights_too_large_for_float64_leave_an_infinite_share() -> None:
    links = Links(n_workers=3, matchings=(np.array([[0, 1]]), np.array([[1, 2]])))
    graph = DrawnGraph(links=links, probabilities=[0.5, 1.0], weights=[[1e299], [0.25]])
    assert path_of_three(graphs=(graph,)).contraction == math.inf


@pytest.mark.parametrize("seed", [10**300, -(10**300), 2**64, -1])
def test_a_seed_of_many_digits_is_named_by_its_first(tmp_path: Path, seed: int) -> None:
    write_schedule(tmp_path / "good.json", path_of_three())
    document = json.loads((tmp_path / "good.json").read_text())
    (tmp_path / "forged.json").write_text(json.dumps({**document, "seed": seed}))
    with pytest.raises(InvalidProblemError, match=r"seed is .*give an integer from 0") as caught:
        read_schedule(tmp_path / "forged.json")
    message = str(caught.value).replace(str(tmp_path), "")
    assert str(seed)[:30] in message or len(str(seed)) < 30
    assert len(message) < 150
