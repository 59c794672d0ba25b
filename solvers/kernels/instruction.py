"""Instructions that compiled loops have and Python has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def numba_type(define: Callable[..., Any]) -> Any:
    """What an object has to give as its ``_numba_type_`` to be called in a compiled loop.

    ``define`` takes Numba's context and the types of what is given; it gives a signature, and what
    writes the instruction in LLVM's language.
    """
    from numba.core.registry import cpu_target
    from numba.extending import intrinsic

    made = intrinsic(define)
    cpu_target.typing_context.refresh()
    return cpu_target.typing_context.resolve_value_type(made)
