"""Products in three bfloat16 pieces: float32's accuracy at the rate of a GPU's bfloat16 units.

bfloat16 has float32's exponents and 8 significant bits, so rounding to nearest leaves at most
``u / (1 + u)`` of a number, ``u = 2^-8``. A table is rounded, then what that left, then what that
left: three pieces miss an entry by less than ``2^-24`` of it, as float32 does. Whole numbers up to
256 have no error at all, nor have their products with a piece in float32, and so all that is lost
beside is what adding float32 terms loses, 3 x 4096 at most before a float64 sum takes over: for
whole numbers ``m`` and a table ``F`` of ``G`` rows,

    |computed − m F| <= (2^-24 + 3 min(G, 4096) a) |m| |F|,

with ``a = 2^-24`` where additions round to nearest, ``2^-23`` where they truncate, as tensor cores
may. The scale keeps every piece of an entry a normal number down to ``1e-60`` of the largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import frexp
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

if TYPE_CHECKING:
    import torch

#: Whole numbers up to here are bfloat16 numbers.
MOST_WHOLE = 256
#: Rows that are added up in float32; blocks of them in float64.
BLOCK_ROWS = 4096
_TOP = 126  # below float32's largest exponent, 127, so that no sum overflows


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """A table ``(G, k)`` in bfloat16.

    Attributes:
        blocks: ``(3 g, k)`` bfloat16 for ``g`` rows at a time, the smallest pieces first; their sum
            is the rows times ``2^exponent``.
        exponent: chosen by `scale_exponent`.
    """

    blocks: tuple[torch.Tensor, ...]
    exponent: int


def scale_exponent(largest: float, members: int) -> int:
    """The ``e`` for which ``members`` terms of at most ``largest · 2^e`` add up to ``2^126``."""
    if largest == 0.0:
        return 0
    return _TOP - (max(members, 1) - 1).bit_length() - frexp(largest)[1]


def split(table: npt.NDArray[np.float64], exponent: int, device: str) -> Pieces:
    """The pieces of a float64 table times ``2^exponent``, on ``device``."""
    import torch

    blocks = []
    for first in range(0, max(len(table), 1), BLOCK_ROWS):
        rows = np.ldexp(table[first : first + BLOCK_ROWS], exponent)
        rest, pieces = torch.tensor(rows, device=device), []
        for _ in range(3):
            pieces.append(rest.to(torch.bfloat16))
            rest = rest - pieces[-1].to(torch.float64)
        blocks.append(torch.cat(pieces[::-1]))
    return Pieces(blocks=tuple(blocks), exponent=exponent)


def product(whole: torch.Tensor, pieces: Pieces) -> torch.Tensor:
    """``(R, k)``: whole numbers ``(R, G)`` bfloat16 times the table times ``2^exponent``.

    float32, or float64 where there are several blocks.
    """
    import torch

    parts = torch.split(whole, BLOCK_ROWS, dim=1)
    with full_precision():
        if len(parts) == 1:
            return _block_product(whole, pieces.blocks[0])
        total = _block_product(parts[0], pieces.blocks[0]).to(torch.float64)
        for part, block in zip(parts[1:], pieces.blocks[1:], strict=True):
            total += _block_product(part, block)
        return total


def multiplies_pieces() -> bool:
    """Whether this torch can keep the float32 sums of bfloat16 products, from 2.8 on."""
    import torch

    return hasattr(torch.ops.aten.mm, "dtype")


def _block_product(whole: torch.Tensor, block: torch.Tensor) -> torch.Tensor:
    """On a CPU, whose bfloat16 products are rounded to bfloat16, pieces are float32 numbers.

    The terms are the same, none of them rounded; they are added up in another order.
    """
    import torch

    left = whole.repeat(1, 3)
    if left.device.type == "cuda":
        return torch.mm(left, block, out_dtype=torch.float32)
    return left.to(torch.float32) @ block.to(torch.float32)


@contextmanager
def full_precision() -> Iterator[None]:
    """float32 products without TF32, which costs four digits; bfloat16 ones summed in float32.

    What the user has set, by whichever of torch's two interfaces, is as it was afterwards.
    """
    import torch

    switches = torch.backends.cuda.matmul
    reduced = switches.allow_bf16_reduced_precision_reduction
    put_back = _exact_float32()
    switches.allow_bf16_reduced_precision_reduction = False
    try:
        yield
    finally:
        put_back()
        switches.allow_bf16_reduced_precision_reduction = reduced


def _exact_float32() -> Callable[[], None]:
    """Set exact float32 products on GPU and CPU; gives what puts the setting back.

    From 2.9 on torch has a setting by backend, and fails where the older one is asked after it.
    """
    import torch

    backends: list[Any] = [torch.backends.cuda.matmul]
    if not hasattr(backends[0], "fp32_precision"):
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")
        return lambda: torch.set_float32_matmul_precision(before)
    backends += [getattr(torch.backends.mkldnn, "matmul", backends[0])]
    found = [backend.fp32_precision for backend in backends]
    for backend in backends:
        backend.fp32_precision = "ieee"

    def put_back() -> None:
        for backend, one in zip(backends, found, strict=True):
            backend.fp32_precision = one

    return put_back


PIECES = "bf16 pieces"
ARITHMETICS = ("auto", "float32", "float64", PIECES)

#: Compute capabilities whose bfloat16 units, summing in float32, are above three times as fast as
#: the float32 ones, data sheets' dense figures in TFLOP/s: A100 312 against 19.5, H100 and H200 989
#: against 67, B200 and B300 2250 against 75. Consumers' chips reach 2 to 4 times: no gain.
_GAINING = ((8, 0), (9, 0), (10, 0), (10, 3))


def chosen_arithmetic(arithmetic: str, place: str, *, dense: bool) -> str | None:
    """One of the last three of ``ARITHMETICS``; None for the type in which the updates come.

    "auto" is None where the drawn directions are gathered; "bf16 pieces" on a GPU that gains from
    them; "float64" elsewhere. It depends on the kind of GPU alone, not on timings.

    Raises:
        InvalidProblemError: an unknown word; pieces to be gathered, or with a torch below 2.8.
    """
    require_choice(arithmetic, "arithmetic", ARITHMETICS)
    if arithmetic == "auto":
        return _by_device(place) if dense else None
    if arithmetic == PIECES and not dense:
        raise InvalidProblemError(
            f"arithmetic {PIECES!r} is for products; choose engine='dense', or 'float64'"
        )
    if arithmetic == PIECES and place != "cpu" and not multiplies_pieces():
        raise InvalidProblemError(f"arithmetic {PIECES!r} needs torch 2.8 on a GPU; update torch")
    return arithmetic


def gains_from_pieces(capability: tuple[int, int]) -> bool:
    """Whether three bfloat16 products take less time than a float32 one."""
    return capability in _GAINING


def _by_device(place: str) -> str:
    if place == "cpu":
        return "float64"
    import torch

    capable = gains_from_pieces(torch.cuda.get_device_capability(place))
    return PIECES if capable and multiplies_pieces() else "float64"
