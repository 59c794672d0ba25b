"""Rounds on a GPU: weights of clients by rounds, times directions, as dense products in torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from roundlot.simulate.chunks import Work
from roundlot.simulate.designs import Design
from roundlot.simulate.reduction import Prepared
from roundlot.simulate.tally import Tally
from roundlot.simulate.updates import Updates

if TYPE_CHECKING:
    import torch

_ROWS = 16


def torch_bytes(design: Design, updates: Updates) -> int:
    """Working memory of a round: words and their temporaries, clients' weights, the products."""
    return 160 * design.n_processors + 40 * updates.n_clients + 24 * sum(updates.dimensions)


def on_torch(
    design: Design,
    updates: Updates,
    prepared: Prepared,
    tally: Tally,
    *,
    seed: int,
    start: int,
    device: str,
) -> Work:
    """The work of a chunk ``first, last`` on ``device``, the product in the type of ``prepared``.

    The error's weights (realised less expected) are formed in float64 and only then multiplied,
    so that nothing cancels in that type.
    """
    import torch

    client = torch.tensor(updates.client, device=device)
    factors = torch.tensor(prepared.factors, device=device)
    expected = torch.tensor(updates.client_weights, device=device)
    tables = [torch.tensor(t, device=device) for t in prepared.directions]

    def work(first: int, last: int) -> None:
        picks = _drawn(design, last - first, seed=seed, start=start + first, device=device)
        counts = np.zeros(tally.counts.shape, dtype=np.int64)
        tally.draws[first:last] = (picks >= 0).sum(dim=1).cpu().numpy()
        errors = []
        for model, table in enumerate(tables):
            drawn = picks == model
            counts[:, model] = drawn.sum(dim=0).cpu().numpy()
            weights = _per_client(drawn * factors[:, model], client, updates.n_clients)
            messages = _per_client(drawn.to(torch.float32), client, updates.n_clients) > 0
            error = (weights - expected[:, model]).to(table.dtype)
            with _full_precision():
                product = error @ table
            tally.model_squared_error[first:last, model] = _squares(product).cpu().numpy()
            if tally.products.size:
                errors.append(product.to(torch.float64))
            tally.aggregate_weight[first:last, model] = weights.sum(dim=1).cpu().numpy()
            tally.uploads[first:last] += messages.sum(dim=1).cpu().numpy()
        tally.add_counts(counts)
        if errors:
            stacked = torch.stack(errors, dim=1)
            tally.products[first:last] = (stacked @ stacked.transpose(1, 2)).cpu().numpy()

    return work


def _drawn(design: Design, rounds: int, *, seed: int, start: int, device: str) -> torch.Tensor:
    """The same draws wherever they are made: on the CPU the compiled loop is the quicker."""
    import torch

    if device == "cpu":
        return torch.from_numpy(design.draw(rounds, seed=seed, start=start))
    return design.draw_torch(rounds, seed=seed, start=start, device=device)


def _squares(product: torch.Tensor) -> torch.Tensor:
    """``(rounds,)``, sums of squares in float64, a few rows at a time: they stay in cache."""
    import torch

    if product.device.type != "cpu":
        return product.to(torch.float64).square().sum(dim=1)
    parts = [part.to(torch.float64) for part in torch.split(product, _ROWS)]
    return torch.cat([torch.einsum("ij,ij->i", part, part) for part in parts])


def _per_client(values: torch.Tensor, client: torch.Tensor, n_clients: int) -> torch.Tensor:
    return values.new_zeros((len(values), n_clients)).index_add_(1, client, values)


@contextmanager
def _full_precision() -> Iterator[None]:
    """No TF32 in float32 products: it would cost four decimal digits."""
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
