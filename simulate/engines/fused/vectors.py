"""Vectors of 16 floats for the compiler: loaded, stored, spread, masked; atomic counting."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16  # floats of an AVX-512 register; compilers split it for narrower ones
FLOAT, INT, LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, LANES)
INTS = ir.VectorType(INT, LANES)


def entry(builder: Any, table: Any, number: Any) -> Any:
    """A number of an int32 table, as int64."""
    return builder.sext(builder.load(builder.gep(table, [number])), LONG)


def spread(builder: Any, value: Any, kind: Any = VECTOR) -> Any:
    """A vector of one value."""
    nothing = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(nothing, value, INT(0))
    first = ir.Constant(ir.VectorType(INT, kind.count), [0] * kind.count)
    return builder.shuffle_vector(one, nothing, first)


def spread_pair(builder: Any, place: Any) -> Any:
    """A vector of two neighbouring floats in turns."""
    wide = ir.DoubleType()  # moved as one number of 64 bits, whatever the bits are
    both = builder.load(builder.bitcast(place, wide.as_pointer()), align=4)
    return builder.bitcast(spread(builder, both, ir.VectorType(wide, LANES // 2)), VECTOR)


def load_vector(builder: Any, place: Any, kind: Any = VECTOR) -> Any:
    """Sixteen numbers, or as many as a vector of this kind has, from anywhere."""
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=4)


def numbers_below(builder: Any, width: Any) -> Any:
    """A mask of the first ``width`` lanes."""
    widths = spread(builder, builder.trunc(width, INT), INTS)
    return builder.icmp_signed("<", ir.Constant(INTS, list(range(LANES))), widths)


def store_vector(builder: Any, value: Any, place: Any, mask: Any) -> None:
    """Sixteen numbers to anywhere, or with a mask some of them."""
    place = builder.bitcast(place, value.type.as_pointer())
    if mask is None:
        builder.store(value, place, align=4)
        return
    kind = ir.FunctionType(ir.VoidType(), [value.type, place.type, INT, mask.type])
    letter = "f" if value.type == VECTOR else "i"
    name = f"llvm.masked.store.v{LANES}{letter}32.p0"
    store = cgutils.get_or_insert_function(builder.module, kind, name)
    builder.call(store, [value, place, INT(4), mask])


@intrinsic  # type: ignore[untyped-decorator]
def next_ticket(typingctx: Any, counter: Any) -> Any:
    """Count one up at this address, for all threads at once; gives the number before."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], LONG.as_pointer())
        return builder.atomic_rmw("add", place, LONG(1), "monotonic")

    return types.int64(types.intp), emit


@intrinsic  # type: ignore[untyped-decorator]
def float_of_bits(typingctx: Any, bits: Any) -> Any:
    """The float32 with these 32 bits."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], FLOAT)

    return types.float32(types.int32), emit
