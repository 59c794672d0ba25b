import threading
from collections.abc import Callable

import numpy as np
import pytest

from roundlot.simulate import DESIGNS, Design, Realised, Turns, Updates, design, simulate
from roundlot.simulate.monte_carlo.chunks import rounds_at_a_time, run_chunks
from roundlot.simulate.monte_carlo.dense import on_torch, torch_bytes
from roundlot.simulate.monte_carlo.preparation import prepare
from roundlot.simulate.monte_carlo.realised import Tally
from roundlot.theory import InvalidProblemError, RoundlotWarning

MakeUpdates = Callable[..., Updates]
MakeTable = Callable[..., np.ndarray]


@pytest.fixture
def updates(make_updates: MakeUpdates) -> Updates:
    return make_updates()


@pytest.fixture(params=[kind.name for kind in DESIGNS])
def rule(request: pytest.FixtureRequest, make_probabilities: MakeTable) -> Design:
    return design(make_probabilities((9, 3), total=0.35), request.param)


def loop(rule: Design, updates: Updates, rounds: int, seed: int) -> dict[str, np.ndarray]:
    """Every round by the definition, one processor at a time, in float64."""
    picks = rule.draw(rounds, seed=seed)
    error = np.zeros((rounds, updates.n_models))
    weight = np.zeros_like(error)
    uploads = np.zeros(rounds, dtype=int)
    counts = np.zeros_like(updates.weights, dtype=int)
    for r, row in enumerate(picks):
        for s, table in enumerate(updates.directions):
            gap = -updates.full_step(s)
            for v in np.flatnonzero(row == s):
                share = updates.weights[v, s] / rule.probabilities[v, s]
                gap = gap + share * table[updates.client[v]].astype(np.float64)
                weight[r, s] += share
                counts[v, s] += 1
            error[r, s] = gap @ gap
        uploads[r] = len({(i, s) for i, s in zip(updates.client, row, strict=True) if s >= 0})
    return {
        "model_squared_error": error,
        "squared_error": error.sum(axis=1),
        "aggregate_weight": weight,
        "uploads": uploads,
        "draws": (picks >= 0).sum(axis=1),
        "counts": counts,
    }


def in_torch(
    rule: Design, updates: Updates, rounds: int, seed: int, device: str, dtype: str = "float64"
) -> Tally:
    tally = Tally.empty(rounds, updates.weights.shape)
    prepared = prepare(rule, updates, rounds, dtype)
    work = on_torch(rule, updates, prepared, tally, seed=seed, start=0, device=device)
    run_chunks(work, rounds, 17, threads=1, progress=None)
    return tally


def test_realised_equals_a_plain_loop(rule: Design, updates: Updates) -> None:
    realised = simulate(rule, updates, rounds=200, seed=6, device="cpu")
    for name, expected in loop(rule, updates, 200, 6).items():
        np.testing.assert_allclose(getattr(realised, name), expected, rtol=1e-12, err_msg=name)
    if rule.name == "ordered systematic":
        return  # neighbours, here of one client, are too far apart to be drawn together
    assert (realised.uploads < realised.draws).any(), "no round had a duplicate to merge"
    assert (realised.rounds, realised.seed, realised.device) == (200, 6, "cpu")
    assert realised.dtype == "float64"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dense_path_equals_a_plain_loop(rule: Design, updates: Updates, dtype: str) -> None:
    tally = in_torch(rule, updates, 100, 6, "cpu", dtype)
    expected = loop(rule, updates, 100, 6)
    for name in ("aggregate_weight", "uploads", "draws", "counts"):
        np.testing.assert_allclose(getattr(tally, name), expected[name], rtol=1e-12, err_msg=name)
    close = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(
        tally.model_squared_error, expected["model_squared_error"], rtol=close
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_engines_agree(rule: Design, make_updates: MakeUpdates, dtype: str) -> None:
    updates = make_updates(dimensions=(5, 5, 5))
    sparse, dense = (
        simulate(
            rule,
            updates,
            rounds=90,
            seed=4,
            device="cpu",
            engine=engine,
            arithmetic=kind,
            covariance=True,
            chunk=40,
        )
        for engine, kind in (("gather", "auto"), ("dense", dtype))
    )
    close = 1e-4 if dtype == "float32" else 1e-11
    for name in ("squared_error", "model_products", "aggregate_weight"):
        one, other = getattr(sparse, name), getattr(dense, name)
        np.testing.assert_allclose(one, other, rtol=close, atol=close * 0.1)
    np.testing.assert_allclose(
        sparse.aggregate_weight_covariance, np.cov(sparse.aggregate_weight.T, ddof=0)
    )
    with pytest.raises(InvalidProblemError, match="no products were kept"):
        simulate(rule, updates, rounds=5, device="cpu").covariance  # noqa: B018


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["float32", "float64", "bf16 pieces"])
def test_a_gpu_equals_a_plain_loop(rule: Design, updates: Updates, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here: products on a GPU were not checked")
    realised = simulate(rule, updates, rounds=100, seed=6, device="cuda", arithmetic=dtype)
    for name, expected in loop(rule, updates, 100, 6).items():
        np.testing.assert_allclose(getattr(realised, name), expected, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize(("chunk", "workers"), [(1, 1), (7, 2), (64, 3), (1000, 1)])
def test_the_same_bits_in_any_chunking_on_any_number_of_threads(
    rule: Design, updates: Updates, chunk: int, workers: int
) -> None:
    once = simulate(rule, updates, rounds=150, seed=3, device="cpu", workers=1)
    again = simulate(rule, updates, rounds=150, seed=3, device="cpu", chunk=chunk, workers=workers)
    for name in ("squared_error", "aggregate_weight", "draws", "uploads", "counts"):
        assert np.array_equal(getattr(once, name), getattr(again, name)), name


def test_a_start_continues_where_the_last_rounds_ended(rule: Design, updates: Updates) -> None:
    whole = simulate(rule, updates, rounds=100, seed=3, device="cpu")
    late = simulate(rule, updates, rounds=40, start=60, seed=3, device="cpu")
    assert np.array_equal(whole.squared_error[60:], late.squared_error)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_float32_updates_are_added_in_float64(
    rule: Design, make_updates: MakeUpdates, dtype: str
) -> None:
    single = make_updates(dimensions=(4, 3, 2), dtype=np.float32)
    realised = simulate(rule, single, rounds=100, seed=1, device="cpu")
    assert realised.dtype == "float32"
    expected = loop(rule, single, 100, 1)["squared_error"]
    np.testing.assert_allclose(realised.squared_error, expected, rtol=1e-12)
    rounded = simulate(rule, make_updates(), rounds=100, seed=1, device="cpu", arithmetic=dtype)
    exact = loop(rule, make_updates(), 100, 1)["squared_error"]
    np.testing.assert_allclose(rounded.squared_error, exact, rtol=1e-5)


def test_rotating_into_fewer_dimensions_changes_nothing(
    rule: Design, make_updates: MakeUpdates
) -> None:
    wide = make_updates(dimensions=(400, 30, 3))
    reduced = prepare(rule, wide, 100_000, None)
    plain = prepare(rule, wide, 1, None)
    assert [table.shape[1] for table in reduced.directions] == [5, 5, 3]
    assert [table.shape[1] for table in plain.directions] == [400, 30, 3]
    expected = loop(rule, wide, 50, 2)["squared_error"]
    many = simulate(rule, wide, rounds=100_000, seed=2, device="cpu", chunk=50_000)
    np.testing.assert_allclose(many.squared_error[:50], expected, rtol=1e-12)


def test_a_client_without_a_direction_does_not_disturb_the_rotation() -> None:
    rng = np.random.default_rng(0)
    table = rng.standard_normal((4, 50))
    table[[0, 2]] = 0.0
    weights = np.full((4, 1), 0.25)
    updates = Updates(directions=[table], client=np.arange(4), weights=weights)
    rule = design(np.full((4, 1), 0.5))
    many = simulate(rule, updates, rounds=10_000, device="cpu")
    expected = loop(rule, updates, 40, 0)["squared_error"]
    np.testing.assert_allclose(many.squared_error[:40], expected, rtol=1e-12)


def test_means_and_shares(rule: Design, updates: Updates) -> None:
    realised = simulate(rule, updates, rounds=50, device="cpu")
    assert realised.mean_squared_error == pytest.approx(realised.squared_error.mean())
    assert realised.mean_model_squared_error.sum() == pytest.approx(realised.mean_squared_error)
    np.testing.assert_allclose(realised.inclusion * 50, realised.counts)
    assert realised.inclusion.sum() == pytest.approx(realised.mean_draws)
    assert realised.mean_uploads <= realised.mean_draws
    assert realised.mean_aggregate_weight.shape == (3,)
    assert "50 rounds" in repr(realised)
    with pytest.raises(ValueError, match="read-only"):
        realised.squared_error[0] = 0.0


def test_realised_moments_match_the_formulas(make_updates: MakeUpdates, rule: Design) -> None:
    """20,000 rounds, six standard errors: a false alarm in less than 1e-8 of seeds."""
    updates = make_updates()
    realised = simulate(rule, updates, rounds=20_000, seed=9, device="cpu")
    squares = (realised.aggregate_weight - 1.0) ** 2
    pairs = [
        (realised.aggregate_weight, np.ones(3)),
        (realised.draws[:, None], np.array([rule.expected_draws])),
    ]
    if rule.guarantees.joint_known:
        weights = rule.aggregate_weight_variance(updates.weights)
        pairs += [(realised.model_squared_error, rule.model_variance(updates)), (squares, weights)]
    if rule.name in ("independent", "turns"):
        uploads = np.array([rule.expected_uploads(updates.client)])
        pairs.append((realised.uploads[:, None], uploads))
    for sample, expected in pairs:
        error = np.abs(sample.mean(axis=0) - expected)
        assert (error < 6 * sample.std(axis=0) / np.sqrt(len(sample)) + 1e-12).all()


def test_cyclic_turns_reach_the_formula_over_whole_cycles(
    make_updates: MakeUpdates, make_probabilities: MakeTable
) -> None:
    updates, table = make_updates(), make_probabilities((9, 3), total=0.9) / 3
    rule = Turns.of(table, order="cyclic")
    realised = simulate(rule, updates, rounds=21_000, seed=9, device="cpu")
    cycles = realised.model_squared_error.reshape(-1, 3, 3).mean(axis=1)
    error = np.abs(cycles.mean(axis=0) - rule.model_variance(updates))
    assert (error < 6 * cycles.std(axis=0) / np.sqrt(len(cycles))).all()


def test_a_pair_that_is_never_drawn_is_news(updates: Updates) -> None:
    table = np.full((9, 3), 0.2)
    table[4, 1] = 0.0
    with pytest.warns(RoundlotWarning, match=r"1 pairs .*first: processor 4, model 1.*biased"):
        realised = simulate(design(table), updates, rounds=20, device="cpu")
    assert np.isfinite(realised.squared_error).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_reaches_the_number_of_rounds(updates: Updates, workers: int) -> None:
    seen: list[tuple[int, int, bool]] = []
    rule = design(np.full((9, 3), 0.2))

    def note(done: int, rounds: int) -> None:
        seen.append((done, rounds, threading.current_thread() is threading.main_thread()))

    simulate(rule, updates, rounds=95, chunk=10, workers=workers, device="cpu", progress=note)
    done = [entry[0] for entry in seen]
    assert done == sorted(done)
    assert len(done) == 10
    assert seen[-1] == (95, 95, True)
    assert all(entry[1:] == (95, True) for entry in seen)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_stops_after_the_chunks_that_had_begun(threads: int) -> None:
    begun: list[int] = []

    def interrupt(done: int, rounds: int) -> None:
        raise KeyboardInterrupt

    def work(first: int, last: int) -> None:
        begun.append(first)
        pause.wait(0.01)

    pause = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        run_chunks(work, 1000, 1, threads=threads, progress=interrupt)
    assert len(begun) < 500
    assert not [t for t in threading.enumerate() if t.name.startswith("rounds")]


def test_an_error_in_a_thread_is_raised() -> None:
    def work(first: int, last: int) -> None:
        if first == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_chunks(work, 5, 1, threads=2, progress=None)


def test_chunks_fit_the_memory() -> None:
    assert rounds_at_a_time(10**6, bytes_per_round=1000, memory=10**6, threads=2) == 500
    assert rounds_at_a_time(10**6, bytes_per_round=10**9, memory=10**6, threads=1) == 1
    assert rounds_at_a_time(10**6, bytes_per_round=1, memory=10**9, threads=1) == 4096
    assert rounds_at_a_time(800, bytes_per_round=1, memory=10**9, threads=2) == 100


def test_working_memory_of_a_dense_round_grows_with_the_fleet(
    rule: Design, updates: Updates
) -> None:
    prepared = prepare(rule, updates, 10, None, reduce=False)
    plain = torch_bytes(rule, updates, prepared, pieces=False, covariance=False)
    assert plain > 8 * 20 * 9
    assert torch_bytes(rule, updates, prepared, pieces=True, covariance=False) > plain
    errors = 16 * sum(updates.dimensions)
    assert torch_bytes(rule, updates, prepared, pieces=False, covariance=True) > plain + errors


def test_a_seed_is_all_that_decides(rule: Design, updates: Updates) -> None:
    def run(seed: int) -> Realised:
        return simulate(rule, updates, rounds=30, seed=seed, device="cpu")

    assert np.array_equal(run(1).squared_error, run(1).squared_error)
    assert not np.array_equal(run(1).squared_error, run(2).squared_error)


BAD = [
    ({"rounds": 0}, "rounds is 0"),
    ({"rounds": -5}, "rounds is -5"),
    ({"rounds": 2.5}, "rounds is 2.5"),
    ({"seed": -1}, "seed is -1"),
    ({"start": -1}, "start is -1"),
    ({"chunk": 0}, "chunk is 0"),
    ({"workers": 0}, "workers is 0"),
    ({"device": "tpu"}, "device is 'tpu'"),
    ({"device": "cuda:99"}, "torch sees .* CUDA devices"),
    ({"arithmetic": "float16"}, "arithmetic is 'float16'"),
    ({"memory": 0}, "memory is 0"),
    ({"arithmetic": "bf16 pieces"}, "is for products; choose engine='dense'"),
    ({"engine": "sparse"}, "engine is 'sparse'"),
    ({"covariance": True}, "a covariance needs one dimension"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_arguments_are_refused_by_name(
    updates: Updates, change: dict[str, object], message: str
) -> None:
    rule = design(np.full((9, 3), 0.2))
    with pytest.raises(InvalidProblemError, match=message):
        simulate(rule, updates, **({"rounds": 5, "device": "cpu"} | change))  # type: ignore[arg-type]


def test_a_design_of_another_fleet_is_refused(updates: Updates) -> None:
    with pytest.raises(InvalidProblemError, match=r"8 processors x 3 models.*9 x 3"):
        simulate(design(np.full((8, 3), 0.2)), updates, rounds=5)
