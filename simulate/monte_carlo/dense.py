"""Rounds as dense products in torch: who was drawn, times directions; what a GPU is best at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs import Design
from roundlot.simulate.fused import fused, shares, squared_lengths
from roundlot.simulate.monte_carlo.chunks import Work
from roundlot.simulate.monte_carlo.gather import row_squares
from roundlot.simulate.monte_carlo.preparation import Prepared
from roundlot.simulate.monte_carlo.products import (
    ClientProducts,
    PieceProducts,
    RoundErrors,
    RowSums,
)
from roundlot.simulate.monte_carlo.realised import Tally
from roundlot.simulate.updates import Updates

if TYPE_CHECKING:
    import torch

_ROWS = 16  # whose errors in float64 fit a cache
Pass = Callable[..., "torch.Tensor"]


def torch_bytes(
    design: Design, updates: Updates, prepared: Prepared, *, pieces: bool, covariance: bool
) -> int:
    """Working memory of a round, in bytes.

    Words with their temporaries and who was drawn, clients' weights, one model's product and its
    error in float64; rows of pieces three times over; all models' errors, twice, if multiplied.
    """
    widths = [int(table.shape[1]) for table in prepared.directions]
    held = 16 * sum(widths) + 16 * len(widths) ** 2 if covariance else 0
    rows = 24 * design.n_processors if pieces else 0
    results = 8 * (3 * len(widths) + 1)
    drawn = 190 * design.n_processors + 40 * updates.n_clients
    return drawn + rows + 28 * max(widths) + held + results


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
    by_client = None if alone else RowSums(updates.client, updates.n_clients, device)
    models = [
        _errors(design, updates, prepared, model, device=device, pieces=pieces)
        for model in range(updates.n_models)
    ]
    exponents = np.array([model.exponent for model in models])

    draw, add_up, square = _passes(design, device, fuse=fuse)

    def work(first: int, last: int) -> None:
        picks = draw(last - first, seed=seed, start=start + first, device=device)
        counts, weights, uploads, squares, kept = [], [], [], [], []
        for model, errors in enumerate(models):
            drawn = picks == model
            counts.append(drawn.sum(dim=0))
            weights.append(add_up(drawn, factors[:, model]))
            uploads.append(_messages(drawn, by_client))
            product = errors(drawn)
            squares.append(square(product, errors.offset))
            if tally.products.size:
                kept.append(_less(product, errors.offset))
        found = _brought(
            draws=(picks >= 0).sum(dim=1),
            uploads=torch.stack(uploads).sum(dim=0),
            weights=torch.stack(weights, dim=1),
            squares=torch.stack(squares, dim=1),
            counts=torch.stack(counts, dim=1),
            products=_products(kept),
        )
        tally.draws[first:last] = found["draws"]
        tally.uploads[first:last] = found["uploads"]
        tally.aggregate_weight[first:last] = found["weights"]
        tally.model_squared_error[first:last] = np.ldexp(found["squares"], -2 * exponents)
        tally.add_counts(found["counts"].astype(np.int64))
        if kept:
            both = -np.add.outer(exponents, exponents)
            tally.products[first:last] = np.ldexp(found["products"], both)

    return work


def _brought(**tensors: torch.Tensor | None) -> dict[str, npt.NDArray[np.float64]]:
    """Tensors as float64 arrays, copied from their device in one piece.

    Counts are whole numbers below ``2^53``, which float64 holds.
    """
    import torch

    given = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    flat = torch.cat([tensor.reshape(-1).to(torch.float64) for tensor in given.values()])
    ends = np.cumsum([tensor.numel() for tensor in given.values()])[:-1]
    parts = np.split(flat.cpu().numpy(), ends)
    return {
        name: part.reshape(tuple(tensor.shape))
        for (name, tensor), part in zip(given.items(), parts, strict=True)
    }


def _products(errors: list[torch.Tensor]) -> torch.Tensor | None:
    """``(rounds, S, S)``, inner products of the models' errors ``(rounds, k)``."""
    import torch

    if not errors:
        return None
    stacked = torch.stack(errors, dim=1)
    return stacked @ stacked.transpose(1, 2)


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


def _messages(drawn: torch.Tensor, by_client: RowSums | None) -> torch.Tensor:
    """``(rounds,)``, clients that drew the model on one processor or more; None: each has one."""
    import torch

    if by_client is not None:
        drawn = by_client(drawn.to(torch.float32)) > 0
    return drawn.sum(dim=1)


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
        return torch.from_numpy(row_squares(product.numpy()))
    parts = [_less(part, offset) for part in torch.split(product, _ROWS)]
    return torch.cat([torch.einsum("ij,ij->i", part, part) for part in parts])
