"""A page to explore a run: one file that solves its problem again as the reader moves it."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
