"""NVFlare's rounds drawn by roundlot: a policy for its controllers of averaging.

Nothing here imports NVFlare: `LotSampling` stands before one of its controllers.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
