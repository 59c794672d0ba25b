"""The report of a run: one page that needs nothing else, figures, tables, the record itself."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
