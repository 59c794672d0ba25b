"""In which numbers the products of a simulation are taken."""

from __future__ import annotations

from roundlot.simulate.bf16_pieces import multiplies_pieces
from roundlot.theory import InvalidProblemError

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
    if arithmetic not in ARITHMETICS:
        raise InvalidProblemError(
            f"arithmetic is {arithmetic!r}; choose 'auto', 'float32', 'float64' or {PIECES!r}"
        )
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
