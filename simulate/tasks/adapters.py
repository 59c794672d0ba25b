"""Networks of several inputs or outputs, as networks of one tensor in and one tensor out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from roundlot.theory import InvalidProblemError

#: float32 holds every whole number up to here, and no more.
_MOST_WHOLE = 1 << 24


class SelectedOutput(nn.Module):
    """A network of which one output counts: an entry of a dict, an attribute, or one of a tuple."""

    def __init__(self, module: nn.Module, output: str | int) -> None:
        super().__init__()
        self.module, self.output = module, output

    def forward(self, inputs: Tensor) -> Tensor:
        """That output for a batch.

        Raises:
            LookupError: the network gives no such output; names those that it gives.
        """
        outputs: Any = self.module(inputs)
        if isinstance(self.output, int):
            known: Any = range(len(outputs)) if isinstance(outputs, list | tuple) else ()
        elif isinstance(outputs, Mapping):
            known = list(outputs)
        else:
            known = [self.output] if hasattr(outputs, self.output) else []
        if self.output not in known:
            shown = ", ".join(map(str, known)) or type(outputs).__name__
            raise LookupError(f"it has no output {self.output!r}; it gives {shown}")
        if isinstance(self.output, str) and not isinstance(outputs, Mapping):
            return getattr(outputs, self.output)  # type: ignore[no-any-return]
        return outputs[self.output]  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Packing:
    """How several inputs of a sample stand in one row.

    Attributes:
        names: of the inputs, which the network takes by name; None: it takes them in order.
        shapes: of one sample of each.
        kinds: "float", "int" or "bool" of each.
    """

    names: tuple[str, ...] | None
    shapes: tuple[torch.Size, ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, inputs: Sequence[Tensor] | Mapping[str, Tensor]) -> Packing:
        """The packing of inputs ``(n, ...)`` each, by order or by name.

        Raises:
            InvalidProblemError: no inputs, or one that is no tensor of samples.
        """
        names = tuple(map(str, inputs)) if isinstance(inputs, Mapping) else None
        rows = list(inputs.values()) if isinstance(inputs, Mapping) else list(inputs)
        if not rows or not all(isinstance(row, Tensor) and row.dim() for row in rows):
            raise InvalidProblemError("give one tensor (n, ...) for every input of the network")
        return cls(
            names=names,
            shapes=tuple(row.shape[1:] for row in rows),
            kinds=tuple(_kind(row) for row in rows),
        )

    def pack(self, inputs: Sequence[Tensor] | Mapping[str, Tensor]) -> Tensor:
        """``(n, width)``: a row per sample, int64 if no input is floating point, else float32.

        Raises:
            InvalidProblemError: inputs of other names, shapes or kinds, of different numbers of
                samples, or whole numbers beyond 2^24 beside floating point.
        """
        other = Packing.of(inputs)
        rows = list(inputs.values()) if isinstance(inputs, Mapping) else list(inputs)
        if other != self or len({len(row) for row in rows}) > 1:
            raise InvalidProblemError(
                f"inputs of shapes {[tuple(row.shape) for row in rows]} do not fit; give"
                f" {[('n', *shape) for shape in self.shapes]} with the same n"
            )
        if "float" not in self.kinds:
            return torch.cat([row.long().reshape(len(row), -1) for row in rows], dim=1)
        for row, kind in zip(rows, self.kinds, strict=True):
            if kind == "int" and row.numel() and int(row.abs().max()) > _MOST_WHOLE:
                raise InvalidProblemError(
                    "whole numbers beyond 2^24 do not fit beside floating point inputs; number the"
                    " tokens from 0"
                )
        return torch.cat([row.float().reshape(len(row), -1) for row in rows], dim=1)

    def unpack(self, rows: Tensor) -> list[Tensor]:
        """The inputs ``(n, *shape)`` from packed rows ``(n, width)``."""
        parts = torch.split(rows, [math.prod(shape) for shape in self.shapes], dim=1)
        return [
            _as_kind(part.reshape(-1, *shape), kind)
            for part, shape, kind in zip(parts, self.shapes, self.kinds, strict=True)
        ]


class PackedInputs(nn.Module):
    """A network of several inputs, as one of packed rows."""

    def __init__(self, module: nn.Module, packing: Packing) -> None:
        super().__init__()
        self.module, self.packing = module, packing

    def forward(self, rows: Tensor) -> Any:
        """What the network gives for a batch of rows."""
        parts = self.packing.unpack(rows)
        if self.packing.names is None:
            return self.module(*parts)
        return self.module(**dict(zip(self.packing.names, parts, strict=True)))


def _kind(row: Tensor) -> str:
    if row.is_floating_point():
        return "float"
    return "bool" if row.dtype == torch.bool else "int"


def _as_kind(part: Tensor, kind: str) -> Tensor:
    if kind == "float":
        return part
    return part.bool() if kind == "bool" else part.long()
