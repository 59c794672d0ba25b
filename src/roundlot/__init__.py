"""roundlot: the lot drawn every round. Who trains what, with which probability, and how well.

The names below load on first use, so that ``import roundlot`` pulls in neither torch nor cvxpy.
"""

from roundlot.facade import on_first_use
from roundlot.former import keep_former_paths

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = on_first_use(__name__)
keep_former_paths()
