"""The base problem: one level of water for arrays, tensors, streams and every budget at once.

Tensors load torch, on first use.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

__all__ = ["tensor_waterfill"]

_HOME = {"tensor_waterfill": "solvers.water.tensors"}

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.water.tensors import tensor_waterfill
