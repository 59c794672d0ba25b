"""Tensors of a GPU that is not there: scores of a solver, draws of an audited sampler."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

import roundlot as rl
from roundlot.simulate import design
from roundlot.solvers import waterfill


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1.0, 1e-30, 1e30])
def test_waterfilling(walk: Callable, kind: torch.dtype, size: float) -> None:
    scores = torch.tensor(np.random.default_rng(0).lognormal(0.0, 2.0, (30, 3)) * size, dtype=kind)
    caps = np.random.default_rng(1).uniform(0.3, 1.0, 30)
    for cap in (0.8, caps):
        with walk:
            line = waterfill(scores.to("cuda"), 9.5, cap)
            table = line.probabilities()
            assert (table.device.type, table.dtype) == ("cuda", kind)
            found = table.cpu().numpy()
        expected = waterfill(scores.numpy(), 9.5, cap).probabilities()
        np.testing.assert_allclose(found, expected, rtol=2e-7 if kind == torch.float32 else 1e-12)


@pytest.mark.parametrize("form", ["indices", "mask"])
def test_an_audited_sampler_may_give_tensors_of_the_device(walk: Callable, form: str) -> None:
    table = np.full((6, 1), 0.4)
    rule = design(table)

    def sampler(rng: np.random.Generator) -> torch.Tensor:
        drawn = torch.from_numpy(rule.draw(1, seed=int(rng.integers(2**32)))[0] == 0)
        return (drawn if form == "mask" else drawn.nonzero()[:, 0]).to("cuda")

    with walk:
        record = rl.verify.audit(sampler, claimed=table, rounds=200)
    assert record.facts.rounds == 200
    assert not [v for v in record.verdicts if v.outcome == "refuted"]
