"""Non-blocking mini-batches on a fleet's devices: rules, estimators, best deadline and split."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(
    __name__, renamed={"write_straggle": "jobs:STRAGGLERS.write"}
)
