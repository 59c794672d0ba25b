"""Training by setup: load one, train every method with every seed, write the report."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(
    __name__, inner=("SPARE", "summary_rows", "workers_rows")
)
