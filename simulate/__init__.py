"""What happens: draws, realised variance, training. Everything loads on first use."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, inner=("load_array",))
