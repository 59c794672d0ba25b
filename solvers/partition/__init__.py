"""Data dealt out to workers of different speed, so that every shard is like the whole.

Capacities are exact, values are whole numbers inside, and bounds say what no partition exceeds.
Everything loads on first use.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
