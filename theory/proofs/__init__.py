"""Proofs: theorems as objects, and the kernel that judges them as data.

Names load on first use: a proof is judged without SymPy, and a theorem is read without the kernel.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
