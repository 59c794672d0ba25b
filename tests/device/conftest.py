"""A CUDA device that is not there: torch's fake tensors judge, values are computed on the CPU.

A tensor "on the device" says ``cuda:0`` and keeps its numbers on the CPU. Every operation on one
first runs on fake tensors, by torch's own rules for devices, types and shapes, and then on the
numbers, so that code whose way depends on values is walked too. Both must agree on type and shape.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import (
    DynamicOutputShapeException,
    FakeTensor,
    FakeTensorMode,
)
from torch.overrides import TorchFunctionMode
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from roundlot.simulate import devices, fused

_aten = torch.ops.aten
_CPU = torch.device("cpu")


class DeviceTensor(torch.Tensor):
    """Says that it is on ``cuda:k``; its ``numbers`` are on the CPU."""

    numbers: torch.Tensor
    place: torch.device

    @staticmethod
    def __new__(cls, numbers: torch.Tensor, place: torch.device) -> DeviceTensor:
        # To torch's C++ it is on the CPU: a build without CUDA cannot even slice another.
        made: DeviceTensor = torch.Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
        )
        made.numbers, made.place = numbers, place
        _counted(made)
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return self.place

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        return True

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError(f"{func} on the fake device outside a walk")


_held: Counter[int] = Counter()
_walks: list[FakeDevice] = []


def _counted(made: DeviceTensor) -> None:
    """Count the bytes of a tensor's storage for as long as a tensor has it."""
    if not _walks:
        return
    walk, storage = _walks[-1], made.numbers.untyped_storage()
    key, size = storage.data_ptr(), storage.nbytes()
    _held[key] += 1
    walk.bytes += size if _held[key] == 1 else 0
    walk.most_bytes = max(walk.most_bytes, walk.bytes)

    def freed() -> None:
        _held[key] -= 1
        walk.bytes -= size if _held[key] == 0 else 0

    weakref.finalize(made, freed)


class _Judge(TorchDispatchMode):
    """Runs every operation on a device's tensors twice: on fakes for the device, on numbers."""

    def __init__(self, met: set[str]) -> None:
        super().__init__()
        self._met, self._fakes = met, FakeTensorMode()
        self.inner: torch.device | None = None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = dict(kwargs or {})
        there = [x for x in tree_leaves((args, given)) if isinstance(x, DeviceTensor)]
        if not there:
            made = func(*args, **given)
            inside = self.inner is not None and not _tensors((args, given))
            return DeviceTensor(made, self.inner) if inside else made
        self._met.add(str(func))
        judged = self._judged(func, args, given)
        result = _on_numbers(func, tree_map(_number, args), tree_map(_number, given))
        if torch.Tag.inplace_view in func.tags:  # a shape that changes in place, here too
            with no_dispatch():
                func(*args, **given)
        own = {id(tensor.numbers): tensor for tensor in there}
        leaves, form = tree_flatten(result)
        told = tree_leaves(judged) if judged is not None else [None] * len(leaves)
        placed = [_placed(func, x, y, own, there[0]) for x, y in zip(leaves, told, strict=True)]
        return tree_unflatten(placed, form)

    def _judged(self, func: Any, args: Any, given: Any) -> Any:
        """What fake tensors make of it; None where they need values to tell."""
        if func in (_aten._local_scalar_dense.default, _aten.equal.default):
            return None
        fake_args, fake_given = tree_map(self._fake, (args, given))
        with self._fakes:
            try:
                return func(*fake_args, **fake_given)
            except DynamicOutputShapeException:
                return None

    def _fake(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        meta = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")
        return FakeTensor(self._fakes, meta, value.device)


class FakeDevice(TorchFunctionMode):
    """While it is entered, tensors can be made on ``cuda``.

    Attributes:
        met: the operations that ran there.
        brought_back: how many tensors were copied to the CPU.
        most_bytes: that tensors of the device held at a time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.met: set[str] = set()
        self.brought_back = 0
        self.bytes = self.most_bytes = 0
        self._judge = _Judge(self.met)

    def __enter__(self) -> FakeDevice:
        # As from CPU to GPU, modules get new parameters: storage of another kind cannot move in.
        self._before = torch.__future__.get_overwrite_module_params_on_conversion()
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        _held.clear()
        _walks.append(self)
        self._judge.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._judge.__exit__(*error)
        _walks.remove(self)
        torch.__future__.set_overwrite_module_params_on_conversion(self._before)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name in ("to", "cpu", "cuda") and isinstance(args[0], torch.Tensor):
            return self._moved(func, args, given)
        mine = bool(args) and isinstance(args[0], DeviceTensor)
        if mine and name in ("tolist", "data_ptr"):
            return func(args[0].numbers)
        asked = _device(given.get("device"))
        if asked is not None and asked.type == "cuda":
            return self._made(func, args, given, asked)
        # Helpers that torch's C++ makes go where it believes the tensors to be: on the CPU.
        if name != "__deepcopy__":
            self._judge.inner = next(filter(None, map(_place_of, _tensors((args, given)))), None)
        try:
            result = func(*args, **given)
        finally:
            self._judge.inner = None
        if mine and func == torch.Tensor.data.__set__:  # type: ignore[attr-defined]
            args[0].numbers = args[1].numbers
        return result

    def _made(self, func: Any, args: Any, given: Any, asked: torch.device) -> Any:
        del given["device"]
        made = func(*args, **given)
        return made if isinstance(made, DeviceTensor) else DeviceTensor(made, asked)

    def _moved(self, func: Any, args: Any, given: Any) -> Any:
        tensor, *rest = args
        devices = [_device(x) for x in (*rest, given.get("device")) if _is_device(x)]
        if func is torch.Tensor.cpu:
            devices = [_CPU]
        if rest and isinstance(rest[0], torch.Tensor):
            devices = [rest[0].device]
        where = devices[0] if devices else tensor.device
        copied = _retyped(tensor, rest, given)
        if where == tensor.device:
            return copied
        if where.type == "cuda":
            return DeviceTensor(copied.clone(), where)
        self.brought_back += 1
        return copied.numbers.clone()


def _tensors(values: Any) -> list[torch.Tensor]:
    return [x for x in tree_leaves(values) if isinstance(x, torch.Tensor)]


def _place_of(value: torch.Tensor) -> torch.device | None:
    """The fake device of a tensor, perhaps within ``torch.vmap``."""
    while torch._C._functorch.is_functorch_wrapped_tensor(value):
        value = torch._C._functorch.get_unwrapped(value)
    return value.place if isinstance(value, DeviceTensor) else None


def _retyped(tensor: torch.Tensor, rest: Any, given: Any) -> torch.Tensor:
    kinds = [x for x in (*rest, given.get("dtype")) if isinstance(x, torch.dtype)]
    kinds += [x.dtype for x in rest if isinstance(x, torch.Tensor)]
    return tensor.to(kinds[0]) if kinds else tensor


def _is_device(value: Any) -> bool:
    return isinstance(value, str | torch.device)


def _device(value: Any) -> torch.device | None:
    if value is None:
        return None
    where = torch.device(value)
    return torch.device("cuda", where.index or 0) if where.type == "cuda" else where


def _number(value: Any) -> Any:
    return value.numbers if isinstance(value, DeviceTensor) else value


def _on_numbers(func: Any, args: Any, given: Any) -> Any:
    if func is getattr(_aten.mm, "dtype", None):  # the CPU has no product with a type of its own
        return args[0].to(args[2]) @ args[1].to(args[2])
    return func(*args, **given)


def _placed(
    func: Any, leaf: Any, told: Any, own: dict[int, DeviceTensor], first: DeviceTensor
) -> Any:
    """The number on the device that the fake says; what was changed in place is itself."""
    if not isinstance(leaf, torch.Tensor):
        return leaf
    if id(leaf) in own:
        return own[id(leaf)]
    if told is None:
        return DeviceTensor(leaf, first.device)
    assert (leaf.dtype, leaf.shape) == (told.dtype, told.shape), (func, leaf, told)
    return leaf if told.device.type == "cpu" else DeviceTensor(leaf, told.device)


@pytest.fixture
def walk(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDevice]:
    """To be entered: within it "cuda" is a GPU of the Hopper kind, and nothing is compiled."""
    monkeypatch.setattr(devices, "_gpus", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda place: (9, 0))
    monkeypatch.setattr(torch, "compile", lambda function, **options: function)
    fused.fused.cache_clear()
    yield FakeDevice()
    fused.fused.cache_clear()
