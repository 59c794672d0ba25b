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
    whole, nights, arrays = made(11), made(11), start()
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
    again = made(13)
    run(again, grid, arrays, 2)
    assert again.history[0].label.startswith("biased: seed 13 drew round 1 among these nodes")
    assert again.history[1].label == "unbiased"  # round 2 is drawn for the first time
    same = made(13)
    run(same, grid, start(), 1)  # the first run, done again
    assert same.history[0].label == "unbiased"


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
