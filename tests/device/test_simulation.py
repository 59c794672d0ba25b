"""Simulation on a GPU that is not there gives what the CPU gives, whatever the engine."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from roundlot.simulate import DESIGNS, Updates, design, simulate
from roundlot.simulate.monte_carlo import dense
from roundlot.simulate.monte_carlo.preparation import prepare
from roundlot.simulate.monte_carlo.products import RowSums

NAMES = [kind.name for kind in DESIGNS]
OWNERS = np.array([0, 1, 1, 2, 3, 4, 4, 4, 5])


def fleet(seed: int = 0) -> Updates:
    rng = np.random.default_rng(seed)
    return Updates(
        directions=[rng.standard_normal((6, 9)) + 1.0 for _ in range(2)],
        client=OWNERS,
        weights=rng.uniform(0.05, 0.2, (len(OWNERS), 2)),
    )


TABLE = np.random.default_rng(1).uniform(0.05, 0.45, (len(OWNERS), 2))


@pytest.mark.parametrize("name", NAMES)
def test_draws_on_the_device_are_those_of_the_cpu(walk: Callable, name: str) -> None:
    rule = design(TABLE, name)
    with walk:
        made = rule.draw_torch(40, seed=3, start=5, device="cuda")
        fused = rule.draw_fused(40, seed=3, start=5, device="cuda")
        assert made.device.type == fused.device.type == "cuda"
        found = made.cpu().numpy(), fused.cpu().numpy()
    for picks in found:
        np.testing.assert_array_equal(picks, rule.draw(40, seed=3, start=5))


CASES = [
    ("independent", "fused", "auto", False),
    ("independent", "fused", "float64", True),
    ("independent", "dense", "float32", False),
    ("independent", "dense", "bf16 pieces", True),
    ("turns", "dense", "float64", False),
    ("turns", "fused", "float32", True),
    ("pivotal", "dense", "float64", True),
    ("pivotal", "dense", "auto", False),
]


@pytest.mark.parametrize(("name", "engine", "arithmetic", "covariance"), CASES)
def test_rounds_on_the_device_are_those_of_the_cpu(
    walk: Callable, name: str, engine: str, arithmetic: str, covariance: bool
) -> None:
    rule, updates = design(TABLE, name), fleet()
    there: dict = {"arithmetic": arithmetic, "engine": engine, "covariance": covariance}
    with walk:
        found = simulate(rule, updates, rounds=150, chunk=64, device="cuda", **there)
    expected = simulate(rule, updates, rounds=150, device="cpu", covariance=covariance)
    assert found.device == "cuda:0"
    assert found.dtype == ("bf16 pieces" if arithmetic == "auto" else arithmetic)
    close = {"rtol": 1e-12 if arithmetic == "float64" else 2e-5, "atol": 1e-12}
    np.testing.assert_allclose(found.squared_error, expected.squared_error, **close)
    np.testing.assert_allclose(found.model_products, expected.model_products, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.aggregate_weight, expected.aggregate_weight, rtol=1e-12)
    for column in ("draws", "uploads", "counts"):
        np.testing.assert_array_equal(getattr(found, column), getattr(expected, column))
    assert walk.brought_back == 3  # one copy for each of three chunks
    assert not [name for name in walk.met if "index_add" in name]


def test_directions_are_reduced_on_the_device(walk: Callable) -> None:
    updates = fleet()
    wide = Updates(
        directions=[np.hstack([table] * 20) for table in updates.directions],
        client=updates.client,
        weights=updates.weights,
    )
    rule = design(TABLE)
    with walk:
        reduced = prepare(rule, wide, 10**9, None, device="cuda:0")
    assert [table.shape for table in reduced.directions] == [(6, 6)] * 2
    assert "aten.linalg_qr.default" in walk.met
    for table, given in zip(reduced.directions, wide.directions, strict=True):
        np.testing.assert_allclose(table @ table.T, given @ given.T, rtol=1e-12)


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize("covariance", [False, True])
def test_working_memory_is_within_the_estimate(
    walk: Callable, pieces: bool, covariance: bool
) -> None:
    rng, n = np.random.default_rng(0), 40
    updates = Updates(
        directions=[rng.standard_normal((n, 30)) for _ in range(3)],
        client=np.arange(n),
        weights=np.full((n, 3), 1 / n),
    )
    rule = design(np.full((n, 3), 0.2))
    rounds = 400
    prepared = prepare(rule, updates, rounds, None)
    told = dense.torch_bytes(rule, updates, prepared, pieces=pieces, covariance=covariance)
    arithmetic = "bf16 pieces" if pieces else "float64"
    with walk:
        simulate(
            rule, updates, rounds=1, device="cuda", arithmetic=arithmetic, covariance=covariance
        )
        fixed = walk.most_bytes
        walk.most_bytes = 0
        simulate(
            rule,
            updates,
            rounds=rounds,
            chunk=rounds,
            device="cuda",
            arithmetic=arithmetic,
            covariance=covariance,
        )
    used = (walk.most_bytes - fixed) / (rounds - 1)
    assert 0.3 * told < used <= told, (used, told)


def test_row_sums_add_in_the_order_of_the_columns() -> None:
    """Numbers whose sum depends on the order; the expected one is added up by hand."""
    row = np.array([2, 0, 2, 2, 0])
    values = torch.tensor([[1e16, 3.0, 1.0, -1e16, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
    found = RowSums(row, 4, "cpu")(values.double())
    assert found.tolist() == [[7.0, 0.0, (1e16 + 1.0) - 1e16, 0.0], [7.0, 0.0, 8.0, 0.0]]


def test_one_compilation_serves_every_number_of_models() -> None:
    from roundlot.simulate import fused

    compiled = []

    def count(graph: torch.fx.GraphModule, inputs: list) -> Callable:
        compiled.append(graph)
        return graph.forward

    torch._dynamo.reset()
    draw = torch.compile(fused.drawn_categories, dynamic=True, backend=count)
    for n_models in (2, 3, 5):
        rule = design(np.full((4, n_models), 0.15))
        number, who = torch.arange(10)[:, None], torch.arange(4)[None, :]
        picks = draw(number, who, fused.key_table(1, "cpu"), torch.tensor(rule.thresholds))
        np.testing.assert_array_equal(picks.numpy(), rule.draw(10, seed=1))
    assert len(compiled) == 1


def test_a_tensor_left_on_the_cpu_is_found(walk: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(design, rounds, *, seed, start, device):
        return torch.from_numpy(design.draw(rounds, seed=seed, start=start))

    monkeypatch.setattr(dense, "_drawn", forgetful)
    with walk, pytest.raises(RuntimeError, match="same device"):
        simulate(design(TABLE), fleet(), rounds=10, device="cuda")


def test_a_tensor_of_the_device_is_no_array(walk: Callable) -> None:
    with walk:
        there = torch.ones(3, device="cuda")
        with pytest.raises((RuntimeError, TypeError)):
            there.numpy()
        with pytest.raises(RuntimeError, match="same device"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError):
            there @ torch.ones(3, dtype=torch.float64, device="cuda")
        assert float((there + 1.0).sum()) == 6.0
