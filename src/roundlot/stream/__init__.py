"""Fleets that do not fit into RAM: scores in Parquet, solved in a few passes."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
