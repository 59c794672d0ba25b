"""Rounds as dense products in torch: who was drawn, times directions; what a GPU is best at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from roundlot.simulate.chunks import Work
from roundlot.simulate.designs import Design
from roundlot.simulate.fused import fused, shares, squared_lengths
from roundlot.simulate.realised import IntArray
from roundlot.simulate.reduction import Prepared
from roundlot.simulate.round_errors import ClientProducts, PieceProducts, RoundErrors, per_row
from roundlot.simulate.tally import Tally
from roundlot.simulate.updates import Updates

if TYPE_CHECKING:
    import torch

_ROWS = 16
Pass = Callable[..., "torch.Tensor"]


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
    pieces: bool = False,
    fuse: bool = False,
) -> Work:
    """The work of a chunk ``first, last`` on ``device``.

    Products are in the type of ``prepared``, or in bfloat16 ``pieces`` of it; squares are added in
    float64 either way. ``fuse`` compiles draws and sums into one pass over memory each.
    """
    import torch

    factors = torch.tensor(prepared.factors, device=device)
    alone = len(np.unique(updates.client)) == len(updates.client)
    client = None if alone else torch.tensor(updates.client, device=device)
    models = [
        _errors(design, updates, prepared, model, device=device, pieces=pieces)
        for model in range(updates.n_models)
    ]
    exponents = np.array([model.exponent for model in models])

    draw, add_up, square = _passes(design, device, fuse=fuse)

    def work(first: int, last: int) -> None:
        picks = draw(last - first, seed=seed, start=start + first, device=device)
        counts = np.zeros(tally.counts.shape, dtype=np.int64)
        tally.draws[first:last] = (picks >= 0).sum(dim=1).cpu().numpy()
        kept = []
        for model, errors in enumerate(models):
            drawn = picks == model
            counts[:, model] = drawn.sum(dim=0).cpu().numpy()
            weights = add_up(drawn, factors[:, model])
            tally.aggregate_weight[first:last, model] = weights.cpu().numpy()
            tally.uploads[first:last] += _messages(drawn, client, updates.n_clients)
            product = errors(drawn)
            squares = square(product, errors.offset).cpu().numpy()
            tally.model_squared_error[first:last, model] = np.ldexp(squares, -2 * errors.exponent)
            if tally.products.size:
                kept.append(_less(product, errors.offset))
        tally.add_counts(counts)
        if kept:
            stacked = torch.stack(kept, dim=1)
            products = (stacked @ stacked.transpose(1, 2)).cpu().numpy()
            tally.products[first:last] = np.ldexp(products, -np.add.outer(exponents, exponents))

    return work


def _errors(
    design: Design,
    updates: Updates,
    prepared: Prepared,
    model: int,
    *,
    device: str,
    pieces: bool,
) -> RoundErrors:
    table, client = prepared.directions[model], updates.client
    weights = updates.weights[:, model]
    if pieces:
        return PieceProducts(table, weights, design.probabilities[:, model], client, device)
    return ClientProducts(table, weights, prepared.factors[:, model], client, device)


def _passes(design: Design, device: str, *, fuse: bool) -> tuple[Pass, Pass, Pass]:
    """Draws, sums of factors, sums of squares."""
    if fuse:
        return design.draw_fused, fused(shares), _fused_squares
    return partial(_drawn, design), _shares, _squares


def _drawn(design: Design, rounds: int, *, seed: int, start: int, device: str) -> torch.Tensor:
    """The same draws wherever they are made: on the CPU the compiled loop is the quicker."""
    import torch

    if device == "cpu":
        return torch.from_numpy(design.draw(rounds, seed=seed, start=start))
    return design.draw_torch(rounds, seed=seed, start=start, device=device)


def _shares(drawn: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    return drawn.to(factors.dtype) @ factors


def _messages(drawn: torch.Tensor, client: torch.Tensor | None, n_clients: int) -> IntArray:
    """``(rounds,)``, clients that drew the model on one processor or more; None: each has one."""
    import torch

    if client is not None:
        drawn = per_row(drawn.to(torch.float32), client, n_clients) > 0
    return drawn.sum(dim=1).cpu().numpy()


def _less(product: torch.Tensor, offset: torch.Tensor | None) -> torch.Tensor:
    """The error in float64; the offset is float64, so that the difference is taken in it."""
    import torch

    if offset is None:
        return product.to(torch.float64)
    error: torch.Tensor = product - offset
    return error


def _fused_squares(product: torch.Tensor, offset: torch.Tensor | None) -> torch.Tensor:
    import torch

    start = product.new_zeros(1, dtype=torch.float64) if offset is None else offset
    squares: torch.Tensor = fused(squared_lengths)(product, start)
    return squares


def _squares(product: torch.Tensor, offset: torch.Tensor | None) -> torch.Tensor:
    """``(rounds,)``, sums of squares in float64; on a CPU one pass, or a few rows at a time."""
    import torch

    if product.device.type != "cpu":
        error = _less(product, offset)
        squares: torch.Tensor = torch.linalg.vecdot(error, error)
        return squares
    if offset is None:
        from roundlot.simulate.message_loops import row_squares

        return torch.from_numpy(row_squares(product.numpy()))
    parts = [_less(part, offset) for part in torch.split(product, _ROWS)]
    return torch.cat([torch.einsum("ij,ij->i", part, part) for part in parts])
