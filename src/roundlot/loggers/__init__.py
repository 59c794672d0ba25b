"""Logs of training in TensorBoard, MLflow and Weights & Biases: callbacks, each on its own."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, inner=("LogSection",))
