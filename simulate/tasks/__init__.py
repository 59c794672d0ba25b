"""Tasks to train: shipped ones, loaders for data on disk, partitions, networks, devices.

Everything loads on first use. ``TASKS`` lists the tasks by name.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
