"""How much of each bound is attained: against PEPit's worst case and exact moment propagation."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, renamed={"without_case": "without_example"})
