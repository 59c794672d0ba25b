"""Memory that a loop will need soon: asked for ahead, it has arrived by then.

Processors guess what comes next, but one core that waits for each guess uses a part of what memory
gives. Asking changes no result, and beyond the end of an array nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from roundlot.solvers.kernels.compiling import compiled

LINE = 64  # bytes that come at once
AHEAD = 64  # lines: further than memory takes to answer, and few enough to stay in the cache
# Entries of a step: few questions at a time, or they wait for each other.
STEP = 128


class _Instruction:
    """``instruction(x, i)`` in a compiled loop: about the line of the ``i``-th entry of ``x``.

    ``x`` is flat. Python itself has no such instruction: there it does nothing.
    """

    def __init__(self, *, writing: bool) -> None:
        self._writing = int(writing)

    def __call__(self, x: Any, i: int) -> None:
        """Nothing."""

    @cached_property
    def _numba_type_(self) -> Any:
        from numba import types
        from numba.core.registry import cpu_target
        from numba.extending import intrinsic

        writing = self._writing

        @intrinsic  # type: ignore[untyped-decorator]
        def instruction(typingctx: Any, x: Any, i: Any) -> Any:
            return types.void(x, types.intp), _emitter(writing)

        cpu_target.typing_context.refresh()
        return cpu_target.typing_context.resolve_value_type(instruction)


def _emitter(writing: int) -> Callable[..., Any]:
    from llvmlite import ir

    number = ir.IntType(32)
    soon, data = 3, 1  # into all caches; not code

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        start = context.make_array(signature.args[0])(context, builder, given[0]).data
        place = builder.bitcast(builder.gep(start, [given[1]]), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
        builder.call(prefetch, [place, number(writing), number(soon), number(data)])
        return context.get_dummy_value()

    return emit


fetch = _Instruction(writing=False)
fetch_to_write = _Instruction(writing=True)


@compiled
def fetch_ahead(x: Any, start: int, stop: int) -> None:
    """Asks for as many entries of a flat array as these are, some thousand bytes further on."""
    line = LINE // x.itemsize
    for i in range(start, stop, line):
        fetch(x, i + AHEAD * line)


@compiled
def fetch_ahead_to_write(x: Any, start: int, stop: int) -> None:
    """The same of entries that will be written."""
    line = LINE // x.itemsize
    for i in range(start, stop, line):
        fetch_to_write(x, i + AHEAD * line)
