"""Constants of bounds as somebody has them: measured on a run, with intervals and conditions."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
