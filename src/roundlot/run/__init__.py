"""The main job: from a setup to a report, one stage a file, each a function of the one before."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
