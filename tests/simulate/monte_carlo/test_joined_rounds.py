"""Rounds in any chunking, on any number of threads and processes, are the same rounds."""

import shutil
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from roundlot.simulate import DESIGNS, Design, Realised, Updates, design, simulate, stale
from roundlot.simulate.fused import fused
from roundlot.theory import InvalidProblemError

MakeUpdates = Callable[..., Updates]
MakeTable = Callable[..., np.ndarray]
FIELDS = (
    "squared_error",
    "model_squared_error",
    "aggregate_weight",
    "draws",
    "uploads",
    "counts",
    "model_products",
)


@pytest.fixture
def updates(make_updates: MakeUpdates) -> Updates:
    return make_updates(dimensions=(5, 5, 5))


@pytest.fixture(params=[kind.name for kind in DESIGNS])
def rule(request: pytest.FixtureRequest, make_probabilities: MakeTable) -> Design:
    return design(make_probabilities((9, 3), total=0.3), request.param)


def whole(rule: Design, updates: Updates, **more: object) -> Realised:
    given = {"rounds": 90, "seed": 8, "device": "cpu", "covariance": True} | more
    return simulate(rule, updates, **given)  # type: ignore[arg-type]


def in_parts(rule: Design, updates: Updates, sizes: tuple[int, ...]) -> list[Realised]:
    starts = np.cumsum((0, *sizes[:-1])).tolist()
    return [
        whole(rule, updates, rounds=size, start=start)
        for size, start in zip(sizes, starts, strict=True)
    ]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_round_is_a_function_of_seed_and_number(rule: Design, size: int) -> None:
    once = rule.draw(1200, seed=5, start=2**40)
    pieces = [
        rule.draw(min(size, 1200 - first), seed=5, start=2**40 + first)
        for first in range(0, 1200, size)
    ]
    assert np.array_equal(once, np.concatenate(pieces))
    on_tensor = rule.draw_torch(size, seed=5, start=2**40, device="cpu")
    assert np.array_equal(on_tensor.numpy(), once[:size])


@pytest.mark.parametrize("arithmetic", ["float32", "float64", "bf16 pieces"])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_dense_rounds_in_any_chunking(
    updates: Updates, make_probabilities: MakeTable, chunk: int, arithmetic: str
) -> None:
    rule = design(make_probabilities((9, 3), total=0.3))
    dense = partial(whole, rule, updates, engine="dense", arithmetic=arithmetic)
    once, again = dense(), dense(chunk=chunk)
    for name in ("draws", "uploads", "counts"):
        assert np.array_equal(getattr(once, name), getattr(again, name)), name
    close = 1e-12 if arithmetic == "float64" else 1e-5
    for name in ("squared_error", "aggregate_weight", "model_products"):
        one, other = getattr(once, name), getattr(again, name)
        np.testing.assert_allclose(one, other, rtol=close, atol=close, err_msg=name)


def test_joined_parts_are_the_whole(rule: Design, updates: Updates) -> None:
    parts = in_parts(rule, updates, (1, 40, 49))
    joined = Realised.joined(parts[::-1])
    expected = whole(rule, updates)
    for name in FIELDS:
        assert np.array_equal(getattr(joined, name), getattr(expected, name)), name
    assert (joined.start, joined.rounds, joined.seed) == (0, 90, 8)
    assert joined.seconds == pytest.approx(sum(part.seconds for part in parts))
    with pytest.raises(ValueError, match="read-only"):
        joined.counts[0, 0] = 1


def test_processes_share_the_rounds(updates: Updates, make_probabilities: MakeTable) -> None:
    rule = design(make_probabilities((9, 3), total=0.3), "pivotal")
    run = partial(simulate, rule, updates, seed=8, device="cpu", covariance=True)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(run, rounds=30, start=start) for start in (0, 30, 60)]
        joined = Realised.joined([future.result() for future in futures])
    expected = whole(rule, updates)
    for name in FIELDS:
        assert np.array_equal(getattr(joined, name), getattr(expected, name)), name


def test_stale_updates_in_every_arithmetic(updates: Updates, make_probabilities: MakeTable) -> None:
    rng = np.random.default_rng(4)
    memory = [table + 0.1 * rng.standard_normal(table.shape) for table in updates.directions]
    residual = stale(updates, memory).residual
    rule = design(make_probabilities((9, 3), total=0.3))
    gathered = whole(rule, residual)
    assert gathered.mean_squared_error < 0.1 * whole(rule, updates).mean_squared_error
    for arithmetic in ("float32", "float64", "bf16 pieces"):
        dense = whole(rule, residual, engine="dense", arithmetic=arithmetic)
        np.testing.assert_allclose(dense.squared_error, gathered.squared_error, rtol=1e-5)


@pytest.mark.parametrize("covariance", [False, True])
def test_working_memory_stays_within_what_was_given(covariance: bool) -> None:
    rng = np.random.default_rng(0)
    client = np.repeat(np.arange(200), 2)
    updates = Updates(
        directions=[rng.standard_normal((200, 30)) for _ in range(2)],
        client=client,
        weights=np.full((400, 2), 1 / 400),
    )
    rule = design(np.full((400, 2), 0.1))
    run = partial(simulate, rule, updates, device="cpu", workers=1, covariance=covariance)
    run(rounds=2)
    tracemalloc.start()
    try:
        kept = run(rounds=4000, memory=2**20)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.rounds == 4000
    assert peak - held < 2**20
    assert peak - held > 2**16, "the draws were not seen: measure them otherwise"


BAD = [
    (lambda parts: [], "parts are empty"),
    (lambda parts: [parts[0], parts[2]], "followed by round 25; give parts without gap"),
    (lambda parts: [parts[0], parts[0], parts[1]], "followed by round 0"),
    (lambda parts: [parts[0], replace(parts[1], seed=9)], "seed is 8 and 9"),
    (lambda parts: [parts[0], replace(parts[1], design="turns")], "'independent' and 'turns'"),
    (lambda parts: [parts[0], replace(parts[1], dtype="float32")], "dtype is"),
    (
        lambda parts: [parts[0], replace(parts[1], model_products=np.zeros((0, 3, 3)))],
        "kept a covariance",
    ),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_parts_that_do_not_fit_are_refused(
    updates: Updates,
    make_probabilities: MakeTable,
    change: Callable[[list[Realised]], list[Realised]],
    message: str,
) -> None:
    rule = design(make_probabilities((9, 3), total=0.3))
    parts = in_parts(rule, updates, (10, 15, 5))
    with pytest.raises(InvalidProblemError, match=message):
        Realised.joined(change(parts))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["independent", "turns"])
def test_fused_rounds_are_the_same_rounds(
    updates: Updates, make_probabilities: MakeTable, name: str
) -> None:
    if shutil.which("c++") is None and shutil.which("g++") is None:
        pytest.skip("no C++ compiler here: fused passes were not checked")
    rule = design(make_probabilities((9, 3), total=0.3), name)
    drawn = rule.draw_fused(300, seed=2**40 + 7, start=2**33).numpy()
    assert np.array_equal(drawn, rule.draw(300, seed=2**40 + 7, start=2**33))
    fused.cache_clear()
    for arithmetic in ("float64", "bf16 pieces"):
        one = whole(rule, updates, engine="dense", arithmetic=arithmetic, chunk=40)
        before = fused.cache_info().currsize
        other = whole(rule, updates, engine="fused", arithmetic=arithmetic, chunk=40)
        assert fused.cache_info().currsize > before or arithmetic != "float64"
        for field in FIELDS:
            first, second = getattr(one, field), getattr(other, field)
            np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-14, err_msg=field)
