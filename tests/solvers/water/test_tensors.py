"""Tensors in, tensors out, the same design as for arrays, within the limits exactly."""

import math
from fractions import Fraction

import numpy as np
import pytest

from roundlot.solvers import certify, waterfill
from roundlot.theory import InvalidProblemError, Problem

torch = pytest.importorskip("torch")
DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=[
            pytest.mark.gpu,
            pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
        ],
    ),
]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(7, 3), (3000, 4), (50, 700)])
@pytest.mark.parametrize("size", [1.0, 1e-30, 1e30])
@pytest.mark.parametrize("share", [0.1, 0.7])
def test_same_design_as_arrays(device, kind, shape, size, share, assert_feasible):
    scores = (np.random.default_rng(0).lognormal(0.0, 1.5, shape) * size).astype(kind)
    caps = np.random.default_rng(1).uniform(0.3, 1.0, shape[0])
    budget = share * caps.sum()
    for cap in (0.8, caps):
        line = waterfill(torch.from_numpy(scores).to(device), budget, cap)
        design = line.probabilities()
        assert design.device.type == device
        assert design.dtype == getattr(torch, kind)
        expected = waterfill(scores, budget, cap)
        assert line.threshold == pytest.approx(expected.threshold, rel=1e-12)
        given = np.asarray(design.cpu(), dtype=np.float64)
        rtol = 1e-12 if kind == "float64" else 2e-7
        assert np.allclose(given, expected.probabilities(), rtol=rtol, atol=0.0)
        problem = Problem(scores, budget=budget, processor_cap=cap)
        assert_feasible(problem, given)
        assert certify(problem, given).gap < (1e-12 if kind == "float64" else 2e-7)


@pytest.mark.parametrize("device", DEVICES)
def test_extremes(device):
    rng = np.random.default_rng(3)
    for _ in range(100):
        scores = 10.0 ** rng.uniform(-300.0, 300.0, (20, 3))
        line = waterfill(torch.from_numpy(scores).to(device), 6.5)
        design = line.probabilities().cpu().numpy()
        assert np.all(design > 0.0)
        assert math.fsum(design.ravel()) <= 6.5
        assert all(sum(map(Fraction, row)) <= 1 for row in design.tolist())
        assert certify(Problem(scores, budget=6.5), design).gap < 1e-12


def test_slack_budget_warm_start_and_out():
    scores = torch.rand(500, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert waterfill(scores, 600.0).level == 0.0
    line = waterfill(scores, 100.0)
    warm = waterfill(scores, 100.0, start=line.threshold)
    assert warm.level == pytest.approx(line.level, rel=1e-13)
    out = torch.empty_like(scores)
    assert line.probabilities(out) is out
    assert line.row_divisors.shape == (500,)


def test_bad_tensors_are_named():
    with pytest.raises(InvalidProblemError, match="float32 or float64"):
        waterfill(torch.ones(3, 2, dtype=torch.int64), 1.0)
    with pytest.raises(InvalidProblemError, match="NaN"):
        waterfill(torch.full((3, 2), torch.nan), 1.0)
    with pytest.raises(InvalidProblemError, match="give one or 3"):
        waterfill(torch.ones(3, 2), 1.0, [1.0, 1.0])
