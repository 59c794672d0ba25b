"""Every kind of work by name: from a setup to a result, from a result to its folder."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
