"""Flower's rounds drawn by roundlot: a policy that needs no framework, and a strategy around it.

The names load on first use: the policy works without Flower, the strategy asks for it.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
