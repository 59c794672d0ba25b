"""Memory that a loop will need soon: asked for ahead, it has arrived by then.

Processors guess what comes next, but one core that waits for each guess uses a part of what memory
gives. Asking changes no result, and beyond the end of an array nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from roundlot.solvers.kernels.instruction import numba_type

LINE = 64  # bytes that come at once
AHEAD = 64  # lines: further than memory takes to answer, and few enough to stay in the cache
# Entries of a step: few questions at a time, or they wait for each other.
STEP = 128


class _Fetch:
    """``fetch(x, start, stop)`` in a compiled loop: asks for what comes ``AHEAD`` lines later.

    As many entries of the flat ``x`` as from ``start`` to ``stop``. Python itself has no such
    instruction: there it does nothing.
    """

    def __init__(self, *, writing: bool) -> None:
        self._writing = int(writing)

    def __call__(self, x: Any, start: int, stop: int) -> None:
        """Nothing."""

    @cached_property
    def _numba_type_(self) -> Any:
        from numba import types

        writing = self._writing

        def fetch(typingctx: Any, x: Any, start: Any, stop: Any) -> Any:
            return types.void(x, types.intp, types.intp), _emitter(writing)

        return numba_type(fetch)


def _emitter(writing: int) -> Callable[..., Any]:
    from llvmlite import ir
    from numba.core import cgutils

    number, byte = ir.IntType(32), ir.IntType(8)
    soon, data = 3, 1  # into all caches; not code

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array, start, stop = given
        x = context.make_array(signature.args[0])(context, builder, array).data
        # Known when this compiles: a quotient by an array's own entry size would be a division.
        line = LINE // (signature.args[0].dtype.bitwidth // 8)
        steps = start.type(line)
        with cgutils.for_range_slice(builder, start, stop, steps, inc=True) as (i, _):
            later = builder.gep(x, [builder.add(i, start.type(AHEAD * line))])
            place = builder.bitcast(later, byte.as_pointer())
            kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
            builder.call(prefetch, [place, number(writing), number(soon), number(data)])
        return context.get_dummy_value()

    return emit


fetch_ahead = _Fetch(writing=False)
fetch_ahead_to_write = _Fetch(writing=True)
