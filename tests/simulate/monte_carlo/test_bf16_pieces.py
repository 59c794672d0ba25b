from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate import DESIGNS, Updates, design, simulate
from roundlot.simulate.monte_carlo import arithmetic
from roundlot.simulate.monte_carlo.arithmetic import (
    chosen_arithmetic,
    gains_from_pieces,
    product,
    scale_exponent,
    split,
)
from roundlot.simulate.monte_carlo.products import PieceProducts, merged
from roundlot.theory import InvalidProblemError

torch = pytest.importorskip("torch")

MakeUpdates = Callable[..., Updates]
MakeTable = Callable[..., np.ndarray]
UNIT = 2.0**-24


def joined(table: np.ndarray, exponent: int) -> np.ndarray:
    """The sum of the pieces in float64, each entry's exact: 24 bits."""
    blocks = split(table, exponent, "cpu").blocks
    parts = [block.to(torch.float64).reshape(3, -1, table.shape[1]).sum(dim=0) for block in blocks]
    return np.ldexp(torch.cat(parts).numpy(), -exponent)


@settings(max_examples=200)
@given(st.floats(1.0, 2.0, exclude_max=True), st.integers(-199, 0), st.booleans())
def test_three_pieces_hold_float32s_accuracy_over_sixty_decades(
    digits: float, power: int, negative: bool
) -> None:
    number = (-digits if negative else digits) * 2.0**power
    table = np.array([[number], [2.0]])
    found = joined(table, scale_exponent(2.0, 1000))
    assert abs(found[0, 0] - number) <= UNIT * abs(number)


@pytest.mark.parametrize("size", [1e-310, 5e-324, 1e-30, 1.0, 1e30, 1.7e308])
def test_pieces_of_the_smallest_and_largest_numbers(size: float) -> None:
    table = np.array([[size, -size / 3.0, 0.0], [size / 7.0, size / 2**20, size]])
    found = joined(table, scale_exponent(size, 2))
    assert (np.abs(found - table) <= UNIT * np.abs(table) + 5e-324).all()


def test_a_table_of_zeros_has_pieces() -> None:
    assert scale_exponent(0.0, 0) == 0
    assert not joined(np.zeros((2, 3)), 0).any()


@pytest.mark.parametrize("rows", [1, 7, 4096, 5000])
def test_a_product_is_within_its_bound(rows: int) -> None:
    rng = np.random.default_rng(rows)
    table = rng.standard_normal((rows, 5)) * 10.0 ** rng.uniform(-20, 10, (rows, 1))
    whole = rng.integers(-256, 257, (40, rows)).astype(np.float64)
    exponent = scale_exponent(float(np.abs(table).max()), 256 * rows)
    counts = torch.tensor(whole).to(torch.bfloat16)
    found = product(counts, split(table, exponent, "cpu")).to(torch.float64).numpy()
    bound = (UNIT + 3 * min(rows, 4096) * UNIT) * (np.abs(whole) @ np.abs(table))
    assert (np.abs(np.ldexp(found, -exponent) - whole @ table) <= bound).all()
    assert np.isfinite(found).all()


def test_a_sum_of_the_largest_numbers_stays_finite() -> None:
    table = np.full((1000, 1), 1.9)
    exponent = scale_exponent(1.9, 1000)
    found = product(torch.ones(1, 1000, dtype=torch.bfloat16), split(table, exponent, "cpu"))
    assert float(np.ldexp(float(found), -exponent)) == pytest.approx(1900.0, rel=1e-6)


@pytest.mark.parametrize("name", [kind.name for kind in DESIGNS])
def test_enumerated_rounds_give_the_exact_variance(name: str) -> None:
    """Every outcome through the pieces, weighted by its exact probability, in float64."""
    rng = np.random.default_rng(3)
    updates = Updates(
        directions=[rng.standard_normal((3, 4)) + 1.0 for _ in range(2)],
        client=np.array([0, 1, 1, 2]),
        weights=np.full((4, 2), 0.25),
    )
    rule = design(np.array([[0.4, 0.3], [0.3, 0.35], [0.3, 0.35], [0.25, 0.45]]), name)
    outcomes = rule.outcomes()
    picks = torch.tensor(list(outcomes))
    chances = np.array([float(chance) for chance in outcomes.values()])
    for s, table in enumerate(updates.directions):
        p = rule.probabilities[:, s]
        errors = PieceProducts(table, updates.weights[:, s], p, updates.client, "cpu")
        gaps = np.ldexp((errors(picks == s) - errors.offset).numpy(), -errors.exponent)
        shares = np.where(picks.numpy() == s, updates.weights[:, s] / p, 0.0)
        exact = shares @ table[updates.client] - updates.full_step(s)
        np.testing.assert_allclose(gaps, exact, rtol=0, atol=1e-6)
        found, expected = (chances @ np.square(each).sum(axis=1) for each in (gaps, exact))
        assert found == pytest.approx(expected, rel=1e-6)
        if rule.guarantees.joint_known:
            assert found == pytest.approx(rule.model_variance(updates)[s], rel=1e-6)


@pytest.mark.parametrize("block", [2, 4096])
@pytest.mark.parametrize("name", [kind.name for kind in DESIGNS])
def test_pieces_agree_with_float64(
    name: str,
    block: int,
    make_updates: MakeUpdates,
    make_probabilities: MakeTable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arithmetic, "BLOCK_ROWS", block)
    updates, rule = (
        make_updates(dimensions=(6, 6, 6)),
        design(make_probabilities((9, 3), 0.3), name),
    )
    one, other = (
        simulate(
            rule,
            updates,
            rounds=120,
            seed=5,
            device="cpu",
            engine="dense",
            arithmetic=arithmetic,
            covariance=True,
            chunk=50,
        )
        for arithmetic in ("float64", "bf16 pieces")
    )
    assert (one.dtype, other.dtype) == ("float64", "bf16 pieces")
    for field in ("draws", "uploads", "counts", "aggregate_weight"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    np.testing.assert_allclose(other.model_squared_error, one.model_squared_error, rtol=1e-5)
    size = np.abs(one.model_products).max()
    np.testing.assert_allclose(other.model_products, one.model_products, atol=1e-6 * size)


def test_always_and_never_do_not_cost_accuracy() -> None:
    """Directions of 1e130 that are always drawn, beside those that decide, down to 1e-30."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((12, 5)) * 10.0 ** np.linspace(30, -30, 12)[:, None]
    directions[:5] *= 1e100
    chances = np.full((12, 1), 0.3)
    chances[:5] = 1.0
    chances[7] = 1.0 - 1e-6
    updates = Updates(
        directions=[directions], client=np.arange(12), weights=np.full((12, 1), 1 / 12)
    )
    one, other = (
        simulate(
            design(chances),
            updates,
            rounds=200,
            device="cpu",
            engine="dense",
            arithmetic=arithmetic,
        )
        for arithmetic in ("float64", "bf16 pieces")
    )
    assert one.squared_error.max() < 1e15
    np.testing.assert_allclose(other.squared_error, one.squared_error, rtol=1e-5)


def test_a_processor_that_is_never_drawn_stays_in_the_bias() -> None:
    updates = Updates(
        directions=[np.array([[3.0], [4.0]])], client=np.arange(2), weights=np.ones((2, 1))
    )
    rule = design(np.array([[0.0], [1.0]]))
    with pytest.warns(match="biased"):
        found = simulate(
            rule, updates, rounds=5, device="cpu", engine="dense", arithmetic="bf16 pieces"
        )
    np.testing.assert_allclose(found.squared_error, 9.0)


def test_draws_of_a_client_are_merged_up_to_what_bfloat16_counts() -> None:
    client = np.repeat([0, 1], [600, 3])
    chance = np.where(np.arange(603) == 601, 0.5, 0.25)
    order, row = merged(client, chance)
    assert np.bincount(row).tolist() == [256, 256, 88, 2, 1]
    for number in range(5):
        members = order[row == number]
        assert len(set(zip(client[members], chance[members], strict=True))) == 1
    updates = Updates(
        directions=[np.array([[1.0, 2.0], [-3.0, 0.5]])],
        client=client,
        weights=np.full((603, 1), 1 / 603),
    )
    one, other = (
        simulate(
            design(chance[:, None]),
            updates,
            rounds=60,
            device="cpu",
            engine="dense",
            arithmetic=arithmetic,
        )
        for arithmetic in ("float64", "bf16 pieces")
    )
    np.testing.assert_allclose(other.squared_error, one.squared_error, rtol=1e-3, atol=1e-9)
    assert one.mean_squared_error == pytest.approx(other.mean_squared_error, rel=1e-5)


def test_factors_beyond_float64_are_refused() -> None:
    updates = Updates(
        directions=[np.array([[1e300]])], client=np.arange(1), weights=np.ones((1, 1))
    )
    with pytest.raises(InvalidProblemError, match="overflows float64"):
        simulate(
            design(np.array([[1e-15]])),
            updates,
            rounds=1,
            device="cpu",
            engine="dense",
            arithmetic="bf16 pieces",
        )
    with pytest.raises(InvalidProblemError, match=r"1e\+300 are beyond float32"):
        simulate(design(np.array([[0.5]])), updates, rounds=1, device="cpu", arithmetic="float32")


@pytest.mark.parametrize(
    ("capability", "chosen"),
    [
        ((7, 5), "float64"),
        ((8, 0), "bf16 pieces"),
        ((8, 9), "float64"),
        ((9, 0), "bf16 pieces"),
        ((12, 0), "float64"),
    ],
)
def test_the_kind_of_gpu_alone_decides(
    capability: tuple[int, int], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roundlot.simulate.monte_carlo.arithmetic.multiplies_pieces", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert chosen_arithmetic("auto", "cuda:0", dense=True) == chosen
    assert gains_from_pieces(capability) == (chosen == "bf16 pieces")
    assert chosen_arithmetic("float32", "cuda:0", dense=True) == "float32"


def test_without_float32_sums_pieces_are_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundlot.simulate.monte_carlo.arithmetic.multiplies_pieces", lambda: False)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    assert chosen_arithmetic("auto", "cuda:0", dense=True) == "float64"
    with pytest.raises(InvalidProblemError, match=r"needs torch 2\.8"):
        chosen_arithmetic("bf16 pieces", "cuda:0", dense=True)


def exact() -> bool:
    """Whether float32 products are exact on a GPU now, by the setting that this torch has."""
    matmul = torch.backends.cuda.matmul
    if hasattr(matmul, "fp32_precision"):
        return matmul.fp32_precision == "ieee"
    return torch.get_float32_matmul_precision() == "highest"


@pytest.mark.parametrize("asked", ["high", "medium", "highest"])
def test_switches_of_torch_are_put_back(asked: str) -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(asked)
    try:
        with arithmetic.full_precision():
            assert exact()
            assert not torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction
        assert torch.get_float32_matmul_precision() == asked
        assert torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.skipif(
    not hasattr(torch.backends.cuda.matmul, "fp32_precision"), reason="a setting of torch 2.9"
)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("asked", ["ieee", "tf32", "none"])
def test_a_precision_asked_for_by_backend_is_put_back(asked: str) -> None:
    backends = torch.backends.cuda.matmul, torch.backends.mkldnn.matmul
    before = [backend.fp32_precision for backend in backends]
    try:
        torch.backends.cuda.matmul.fp32_precision = asked
        torch.backends.mkldnn.matmul.fp32_precision = asked
        with arithmetic.full_precision():
            assert [backend.fp32_precision for backend in backends] == ["ieee", "ieee"]
        assert [backend.fp32_precision for backend in backends] == [asked, asked]
        with pytest.raises(ZeroDivisionError), arithmetic.full_precision():
            raise ZeroDivisionError
        assert [backend.fp32_precision for backend in backends] == [asked, asked]
    finally:
        for backend, one in zip(backends, before, strict=True):
            backend.fp32_precision = one


@pytest.mark.gpu
def test_a_gpu_multiplies_pieces_within_the_bound() -> None:
    """On tensor cores, whose additions may truncate."""
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here: the pieces' products were checked on the CPU alone")
    rng = np.random.default_rng(0)
    table = rng.standard_normal((1024, 64)) + 1.0
    whole = rng.integers(0, 2, (256, 1024)).astype(np.float64)
    exponent = scale_exponent(float(np.abs(table).max()), 1024)
    counts = torch.tensor(whole, device="cuda").to(torch.bfloat16)
    found = product(counts, split(table, exponent, "cuda")).to(torch.float64).cpu().numpy()
    bound = (UNIT + 3 * 1024 * 2 * UNIT) * (np.abs(whole) @ np.abs(table))
    assert (np.abs(np.ldexp(found, -exponent) - whole @ table) <= bound).all()
