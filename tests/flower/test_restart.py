"""A server that is started again: draws go on, what was heard is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.flower import Memory, Nodes, Policy, load_state, save_state
from roundlot.flower.count import RoundCount
from roundlot.theory import InvalidProblemError

pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")

from roundlot.flower import LotStrategy

TEN = {100 + i: {"partition-id": i} for i in range(10)}


def heard(strategy: Any) -> list[tuple[int, ...]]:
    return [tuple(np.flatnonzero(record.picks >= 0)) for record in strategy.history]


def run(strategy: Any, grid: Any, arrays: Any, rounds: int, **settings: Any) -> Any:
    told = strategy.start(grid=grid, initial_arrays=arrays, num_rounds=rounds, **settings)
    return told.arrays


def made(seed: int | None, **settings: Any) -> Any:
    policy = Policy(budget=3, rule="norm", design="pivotal", seed=seed)
    return LotStrategy(policy, fraction_evaluate=0.0, **settings)


def test_nights_of_one_round_draw_what_one_run_draws(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(), TEN)
    whole, nights, arrays = made(11, first_round=1), made(11, first_round=1), start()
    wanted = run(whole, grid, start(), 6)
    for _ in range(6):
        arrays = run(nights, grid, arrays, 1)
    assert heard(nights) == heard(whole)
    assert len(set(heard(nights))) > 1
    assert [record.round for record in nights.history] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(arrays["w"].numpy(), wanted["w"].numpy())
    assert {record.label for record in nights.history} == {"unbiased"}


@pytest.mark.parametrize("seed", [12, None])
@pytest.mark.parametrize("rule", ["norm", "stale"])
def test_a_saved_state_goes_on_to_the_bit(
    rule: str, seed: int | None, make_grid: Any, make_client: Any, start: Any, tmp_path: Path
) -> None:
    grid = make_grid(make_client(), TEN)

    def strategy() -> Any:
        policy = Policy(budget=3, rule=rule, design="pivotal", seed=seed)
        return LotStrategy(policy, fraction_evaluate=0.0)

    first = strategy()
    arrays = run(first, grid, start(), 3)
    save_state(tmp_path / "lot.npz", first.state_dict())
    second = strategy()
    second.load_state_dict(load_state(tmp_path / "lot.npz"))
    wanted = run(first, grid, arrays, 4)
    got = run(second, grid, arrays, 4)
    np.testing.assert_array_equal(got["w"].numpy(), wanted["w"].numpy())
    assert heard(second) == heard(first)[3:]
    assert [record.round for record in second.history] == [4, 5, 6, 7]
    np.testing.assert_array_equal(second.memory.norms, first.memory.norms)
    assert second.nodes.keys == first.nodes.keys


def test_a_new_strategy_with_the_same_seed_is_not_called_unbiased(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(), TEN)
    arrays = run(made(13), grid, start(), 1)
    again = made(13, first_round=1)  # who says so is wrong, and this process knows it
    run(again, grid, arrays, 2)
    assert again.history[0].label.startswith("biased: seed 13 drew round 1 among these nodes")
    assert again.history[1].label == "unbiased"  # round 2 is drawn for the first time
    same = made(13, first_round=1)
    run(same, grid, start(), 1)  # the first run, done again
    assert same.history[0].label == "unbiased"


@pytest.fixture
def another_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Called between two runs: nothing of what the first drew is known to the second."""
    return lambda: monkeypatch.setattr("roundlot.flower.count._DRAWN", {})


def test_a_seed_alone_is_a_condition_for_no_server_sees_other_processes(
    make_grid: Any, make_client: Any, start: Any, another_process: Any
) -> None:
    grid = make_grid(make_client(), TEN)
    first, again = made(31), made(31)
    arrays = run(first, grid, start(), 1)
    another_process()
    run(again, grid, arrays, 1)
    assert heard(first) == heard(again)  # the same nodes, for a model that has moved on
    for strategy in (first, again):
        label = strategy.history[0].label
        assert label.startswith("conditional: unbiased if no earlier run of this model drew these")
        assert "seed 31; give first_round (1 for a new run), load the state" in label


def test_what_makes_a_run_unbiased_without_a_condition(
    make_grid: Any, make_client: Any, start: Any, another_process: Any
) -> None:
    grid = make_grid(make_client(), TEN)
    new = made(32, first_round=1)
    arrays = run(new, grid, start(), 2)
    state = new.state_dict()
    another_process()
    unseeded, resumed = made(None), made(32)
    run(unseeded, grid, arrays, 1)
    resumed.load_state_dict(state)
    assert resumed.state_dict()["model"] == state["model"]
    run(resumed, grid, arrays, 1)
    assert {s.history[-1].label for s in (new, unseeded, resumed)} == {"unbiased"}
    assert heard(resumed)[0] != heard(new)[0]


@pytest.mark.parametrize("what", ["an older model", "another seed"])
def test_a_state_that_does_not_fit_is_a_condition(
    what: str, make_grid: Any, make_client: Any, start: Any, another_process: Any
) -> None:
    grid = make_grid(make_client(), TEN)
    new = made(33, first_round=1)
    older = run(new, grid, start(), 1)
    state = new.state_dict()
    newer = run(new, grid, older, 1)
    another_process()
    resumed = made(33 if what == "an older model" else 34)
    resumed.load_state_dict(state)
    run(resumed, grid, newer if what == "an older model" else older, 2)
    if what == "an older model":  # round 2 was drawn for `newer`, and is drawn again
        assert heard(resumed)[0] == heard(new)[1]
        words = "if the state that was loaded is that of this model; it was saved after another"
    else:
        words = "if no earlier run of this model drew these rounds with seed 34"
    for record in resumed.history:
        assert record.label.startswith("conditional: unbiased " + words)


def test_a_draw_is_repeated_also_if_a_node_has_come(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    app = make_client()
    arrays = run(made(35), make_grid(app, TEN), start(), 1)
    again, others = made(35), made(35)
    run(again, make_grid(app, {**TEN, 200: {"partition-id": 10}}), arrays, 1)
    assert again.history[0].label.startswith("biased: seed 35 drew round 1 among these nodes")
    run(others, make_grid(app, {200: {"partition-id": 90}, 201: {"partition-id": 91}}), arrays, 1)
    assert others.history[0].state == "conditional"  # nobody of them was asked before


def test_of_a_bad_state_nothing_is_taken_over(make_grid: Any, make_client: Any, start: Any) -> None:
    first = made(36)
    run(first, make_grid(make_client(), TEN), start(), 2)
    for name, value, words in (
        ("round", "x", "the state's 'round' is 'x'"),
        ("seed", True, "the state's 'seed' is True"),
        ("memory", {}, "the state's 'memory' cannot be read .*norms"),
        ("nodes", {"keys": []}, "the state's 'nodes' cannot be read"),
        ("memory", {**first.memory.state_dict(), "norms": np.zeros((2, 1))}, "has shape"),
        ("nodes", {**first.nodes.state_dict(), "tags": []}, "different lengths"),
    ):
        other = made(None)
        seed = other.policy.seed
        with pytest.raises(InvalidProblemError, match=words):
            other.load_state_dict({**first.state_dict(), name: value})
        assert (other.policy.seed, other.count.last, len(other.nodes)) == (seed, 0, 0)
        assert len(other.memory.norms) == 0


def test_first_round_goes_on(make_grid: Any, make_client: Any, start: Any) -> None:
    grid = make_grid(make_client(), TEN)
    whole = made(14)
    arrays = run(whole, grid, start(), 2)
    for strategy, settings in ((made(14, first_round=3), {}), (made(14), {"first_round": 3})):
        run(strategy, grid, arrays, 1, **settings)
        assert strategy.history[0].round == 3
        assert strategy.history[0].label == "unbiased"
        told = grid.sent[-1].content["config"]
        assert told["server-round"] == 3
    with pytest.raises(InvalidProblemError, match=r"round 2 was drawn already.*give 3 or leave"):
        whole.start(grid=grid, initial_arrays=arrays, num_rounds=1, first_round=2)


def test_without_a_seed_every_strategy_has_its_own() -> None:
    seeds = {Policy(budget=1).seed for _ in range(20)}
    assert len(seeds) == 20
    assert Policy(budget=1, seed=0).seed == 0


def test_rounds_are_counted_over_starts() -> None:
    count = RoundCount()
    assert [count.next(r) for r in (1, 2, 3)] == [1, 2, 3]
    assert [count.next(r) for r in (1, 2)] == [4, 5]
    assert [count.next(r) for r in (1, 1)] == [6, 7]
    count.begin(20)
    assert [count.next(r) for r in (1, 2)] == [20, 21]
    for bad in (0, True, 1.5, "2", 21):
        with pytest.raises(InvalidProblemError, match="first_round is"):
            count.begin(bad)  # type: ignore[arg-type]


def test_states_of_others_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidProblemError, match="not a state of roundlot's Flower strategy"):
        made(1).load_state_dict({"round": 3})
    part = made(1).state_dict()
    del part["memory"]
    with pytest.raises(InvalidProblemError, match="the state has no 'memory'"):
        made(1).load_state_dict(part)
    other = LotStrategy(Policy(budget=1), models=["a", "b"])
    with pytest.raises(InvalidProblemError, match="of models 'a', 'b', the strategy of 'model'"):
        made(1).load_state_dict(other.state_dict())
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(InvalidProblemError, match="give a file that save_state wrote"):
        load_state(tmp_path / "x.npz")
    np.savez(tmp_path / "y.npz", a=np.array([{}], dtype=object))
    with pytest.raises(InvalidProblemError, match=r"y\.npz is not a state"):
        load_state(tmp_path / "y.npz")
    with pytest.raises(FileNotFoundError):
        load_state(tmp_path / "nowhere.npz")


def test_nodes_and_memory_come_back(tmp_path: Path) -> None:
    nodes, memory = Nodes(2), Memory(n_models=2)
    nodes.enter(7, key="ann", samples=[3, 4], tags=["wifi"])
    nodes.enter(9, samples=None)
    nodes.tells(0, {"battery": 0.5, "many": [1, 2]})
    memory.grow(2)
    memory.hear(1, 0, np.arange(3.0), keep=True)
    save_state(tmp_path / "s.npz", {"nodes": nodes.state_dict(), "memory": memory.state_dict()})
    state = load_state(tmp_path / "s.npz")
    back, kept = Nodes(2), Memory(n_models=2)
    back.load_state_dict(state["nodes"])
    kept.load_state_dict(state["memory"])
    assert back.facts(0) == nodes.facts(0)
    assert back.unsaid(np.array([0, 1])) == 1
    assert back.node(1) == 9
    np.testing.assert_array_equal(kept.updates[0][1], memory.updates[0][1])
    np.testing.assert_array_equal(kept.norms, memory.norms)
    assert kept.drawn.dtype == np.int64


def test_a_state_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    save_state(path, {"a": 1})
    with pytest.raises(TypeError):
        save_state(path, {"a": object()})
    assert load_state(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["s.npz"]
