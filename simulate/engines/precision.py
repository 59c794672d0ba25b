"""What training computes in: the numbers that are kept, and those that networks run in."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from roundlot.theory.names import require_choice


@dataclass(frozen=True, kw_only=True)
class Precision:
    """A pair of types of numbers.

    Attributes:
        name: how settings call it.
        kept: of parameters at the server and at clients, of data's targets, losses, updates, sums
            and what methods remember.
        computed: of the network's forward and backward pass: parameters and inputs are rounded to
            it before, gradients are brought back to ``kept`` after. Losses are of outputs that are
            brought back, too.
    """

    name: str
    kept: torch.dtype
    computed: torch.dtype

    @property
    def bytes(self) -> int:
        """Of a parameter as it is kept and sent."""
        return self.kept.itemsize


PRECISIONS = {
    row.name: row
    for row in (
        Precision(name="float32", kept=torch.float32, computed=torch.float32),
        Precision(name="float64", kept=torch.float64, computed=torch.float64),
        # Master copies in float32, for steps are below bfloat16's eight bits of a parameter
        # (Micikevicius et al., ICLR 2018); bfloat16 has float32's range: no loss is scaled.
        Precision(name="bf16", kept=torch.float32, computed=torch.bfloat16),
    )
}
FLOAT32 = PRECISIONS["float32"]


def precision_of(name: str) -> Precision:
    """The precision of a name.

    Raises:
        InvalidProblemError: an unknown name.
    """
    require_choice(name, "precision", tuple(PRECISIONS))
    return PRECISIONS[name]


def floats_in(data: Tensor, dtype: torch.dtype) -> Tensor:
    """The same data, in ``dtype`` where it is floating point."""
    return data.to(dtype) if data.is_floating_point() else data
