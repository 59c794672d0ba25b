"""Flat parameters: every trainable number of a network in one row, and back."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where each parameter of a network lies in a flat row of ``P`` numbers.

    Attributes:
        names: of the parameters that train, in the order of ``module.named_parameters()``.
        shapes: theirs.
    """

    names: tuple[str, ...]
    shapes: tuple[torch.Size, ...]

    @property
    def sizes(self) -> list[int]:
        """How many numbers each parameter has."""
        return [math.prod(shape) for shape in self.shapes]

    def split(self, flat: Tensor) -> dict[str, Tensor]:
        """Views of ``(..., P)``: ``(..., *shape)`` by name."""
        pieces = torch.split(flat, self.sizes, dim=-1)
        lead = flat.shape[:-1]
        return {
            name: piece.view(lead + shape)
            for name, shape, piece in zip(self.names, self.shapes, pieces, strict=True)
        }

    def join(self, pieces: Mapping[str, Tensor]) -> Tensor:
        """``(..., P)`` from ``(..., *shape)`` by name."""
        rows = [
            pieces[name].reshape(*pieces[name].shape[: pieces[name].dim() - len(shape)], -1)
            for name, shape in zip(self.names, self.shapes, strict=True)
        ]
        return torch.cat(rows, dim=-1)


def layout(module: nn.Module) -> Layout:
    """Of the parameters that train (``requires_grad``); frozen ones stay as they are."""
    named = [(name, p.shape) for name, p in module.named_parameters() if p.requires_grad]
    return Layout(names=tuple(name for name, _ in named), shapes=tuple(shape for _, shape in named))


def flatten(module: nn.Module, dtype: torch.dtype = torch.float32) -> Tensor:
    """``(P,)`` of a type of numbers: a copy of the parameters that train."""
    pieces = [p.detach().reshape(-1).to(dtype) for p in module.parameters() if p.requires_grad]
    return torch.cat(pieces).clone()


def with_parameters(module: nn.Module, flat: Tensor) -> nn.Module:
    """A copy of the network with these parameters ``(P,)``, all of it in their type of numbers."""
    copied = in_type(copy.deepcopy(module), flat.dtype).to(flat.device)
    pieces = layout(copied).split(flat)
    with torch.no_grad():
        for name, parameter in copied.named_parameters():
            if name in pieces:
                parameter.copy_(pieces[name])
    return copied


def in_type(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    """The network itself, its floating-point parameters and buffers turned into this type."""
    turned = {
        torch.float32: nn.Module.float,
        torch.float64: nn.Module.double,
        torch.bfloat16: nn.Module.bfloat16,
    }
    return turned[dtype](module)  # complex buffers stay complex, as .to(dtype) would not have it


def restart(module: nn.Module, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """``(P,)`` fresh initial parameters: a function of the seed; torch's own stream is untouched.

    Raises:
        InvalidProblemError: a parameter that stands on a layer without ``reset_parameters``; names
            both and the cures.
    """
    copied = copy.deepcopy(module).cpu()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, layer in copied.named_modules():
            _reset(name, layer)
    return flatten(copied, dtype)


def _reset(name: str, layer: nn.Module) -> None:
    own = [own for own, p in layer.named_parameters(recurse=False) if p.requires_grad]
    if not own:
        return
    reset = getattr(layer, "reset_parameters", None) or getattr(layer, "_reset_parameters", None)
    if reset is None:
        kind, path = type(layer).__name__, f"{name}.{own[0]}" if name else own[0]
        raise InvalidProblemError(
            f"parameter {path!r} stands on a {kind} without reset_parameters, so it cannot be drawn"
            f" afresh for every seed; give {kind} a method reset_parameters, or start from the"
            ' module\'s own parameters (restart = "own" in [run]; restart=False in Python)'
        )
    reset()
