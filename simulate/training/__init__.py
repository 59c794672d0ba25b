"""Federated training of several models: who takes part, how clients train, what is measured."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, inner=("torchrun",))
