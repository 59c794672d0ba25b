"""Flower's rounds drawn by roundlot: a policy that needs no framework, and a strategy around it.

The names load on first use: the policy works without Flower, the strategy asks for it.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "BadReplyError": "flower.errors",
    "Cohorts": "flower.cohorts",
    "Draw": "flower.draw",
    "LotStrategy": "flower.strategy",
    "Memory": "flower.memory",
    "Nodes": "flower.identity",
    "Policy": "flower.policy",
    "RoundRecord": "flower.record",
    "join_models": "flower.models",
    "split_models": "flower.models",
}
__all__ = [
    "BadReplyError",
    "Cohorts",
    "Draw",
    "LotStrategy",
    "Memory",
    "Nodes",
    "Policy",
    "RoundRecord",
    "join_models",
    "split_models",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.flower.cohorts import Cohorts
    from roundlot.flower.draw import Draw
    from roundlot.flower.errors import BadReplyError
    from roundlot.flower.identity import Nodes
    from roundlot.flower.memory import Memory
    from roundlot.flower.models import join_models, split_models
    from roundlot.flower.policy import Policy
    from roundlot.flower.record import RoundRecord
    from roundlot.flower.strategy import LotStrategy
