"""The base problem: one level of water for arrays, tensors, streams and every budget at once.

Tensors load torch, on first use.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
