"""Products of compiled steps by loops made for many small matrices.

torch's batched products of such sizes reach a third of what a core can do, and write a gradient
that is then read once, to be subtracted. Here the product goes to the weights at once.
"""

from __future__ import annotations

import ctypes
import inspect
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, fx

from roundlot.simulate.engines.product_loops import SOURCE

_TYPES = (torch.float32, torch.float64)
#: Bytes of a lane's second factor: up to here ours were measured to be twice as fast as torch's.
_MOST_BYTES = 1 << 18
_aten = torch.ops.aten
#: Operations that leave a gradient as it is when its shape stays.
_SAME = (_aten.view.default, _aten._unsafe_view.default, _aten.detach.default)
_DECLARED = {
    "lane_product": "AOTITorchError aoti_torch_cpu_lane_product(AtenTensorHandle a,"
    " AtenTensorHandle b, AtenTensorHandle* out)",
    "lane_descent": "AOTITorchError aoti_torch_cpu_lane_descent(AtenTensorHandle c,"
    " AtenTensorHandle a, AtenTensorHandle b, AtenTensorHandle rate, void* = nullptr)",
}


def known() -> bool:
    """Whether this torch can call operations of others from compiled code, and compile them."""
    from torch._inductor import config
    from torch._inductor.codecache import CppCodeCache

    by_vectors = "needs_vec_isa" in inspect.signature(CppCodeCache.load_async).parameters
    return by_vectors and hasattr(config.aot_inductor, "custom_ops_to_c_shims")


def options() -> dict[str, Any]:
    """What torch's compiler is told of the operations; they are compiled and loaded."""
    ops = _operations()
    loops()
    shims = {getattr(ops, name).default: [text] for name, text in _DECLARED.items()}
    return {"aot_inductor.custom_ops_to_c_shims": shims}


def _operations() -> Any:
    _library()
    return torch.ops.roundlot


@cache
def _library() -> Any:
    """``lane_product(a, b)``, and ``lane_descent(c, a, b, rate)`` with ``c ← c − rate a b``."""
    from torch.library import Library, register_fake

    room: Any = cast("Any", Library)("roundlot", "FRAGMENT")
    tags = (torch.Tag.flexible_layout,)  # any strides: nothing need be copied before
    room.define("lane_product(Tensor a, Tensor b) -> Tensor", tags=tags)
    descent_of = "lane_descent(Tensor(a!) c, Tensor a, Tensor b, Tensor rate) -> ()"
    room.define(descent_of, tags=tags)

    def descent(c: Tensor, a: Tensor, b: Tensor, rate: Tensor) -> None:
        c.sub_(rate * torch.bmm(a, b))

    room.impl("lane_product", torch.bmm, "CPU")
    room.impl("lane_descent", descent, "CPU")
    register_fake(
        "roundlot::lane_product",
        lambda a, b: a.new_empty((a.shape[0], a.shape[1], b.shape[2])),
        lib=room,
    )
    register_fake("roundlot::lane_descent", lambda c, a, b, rate: None, lib=room)
    return room  # kept by the cache, for with it the operations would go


@cache
def loops() -> ctypes.CDLL:
    """Compile the loops, or take them from torch's cache on disk, and make them known to others."""
    from torch._inductor.codecache import CppCodeCache

    made: Any = CppCodeCache.load(SOURCE, needs_vec_isa=True)
    return ctypes.CDLL(made._name, mode=ctypes.RTLD_GLOBAL)


def with_lane_products(graph: fx.GraphModule) -> fx.GraphModule:
    """The same step, its small products as operations of ours; changed in place."""
    ops = _operations()
    for node in list(graph.graph.nodes):
        if node.target is _aten.bmm.default and _small(node):
            node.target = ops.lane_product.default
    for node in list(graph.graph.nodes):
        if node.target is _aten.sub_.Tensor:
            _descend(graph.graph, node, ops)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph


def _small(node: fx.Node) -> bool:
    right = node.args[1].meta["val"]  # type: ignore[union-attr]
    return right.dtype in _TYPES and right[0].numel() * right.element_size() <= _MOST_BYTES


def _descend(graph: fx.Graph, node: fx.Node, ops: Any) -> None:
    """Write ``weights −= rate · (a b)`` as one operation, if that is what a node does."""
    weights, step = node.args
    if not isinstance(step, fx.Node) or step.target is not _aten.mul.Tensor or len(step.users) > 1:
        return
    rate, slope = step.args
    while isinstance(slope, fx.Node) and slope.target in _SAME and len(slope.users) == 1:
        slope = slope.args[0]
    if not isinstance(slope, fx.Node) or slope.target is not ops.lane_product.default:
        return
    here, moved = (one.meta["val"] for one in (weights, slope))  # type: ignore[union-attr]
    if len(slope.users) > 1 or here.shape != moved.shape or here.stride(2) != 1:
        return
    if not isinstance(rate, fx.Node) or rate.meta["val"].dim() or node.users:
        return
    with graph.inserting_before(node):
        graph.call_function(ops.lane_descent.default, (weights, *slope.args, rate))
    graph.erase_node(node)
