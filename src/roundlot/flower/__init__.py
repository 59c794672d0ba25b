"""Flower's rounds drawn by roundlot: a policy that needs no framework, and a strategy around it.

The names load on first use: the policy works without Flower, the strategy asks for it.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "BadReplyError": "flower.arrays",
    "Cohorts": "flower.cohorts",
    "Draw": "flower.rounds",
    "LotStrategy": "flower.strategy",
    "Memory": "flower.memory",
    "Nodes": "flower.nodes",
    "Policy": "flower.policy",
    "RoundRecord": "flower.rounds",
    "join_models": "flower.arrays",
    "split_models": "flower.arrays",
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
    from roundlot.flower.arrays import BadReplyError, join_models, split_models
    from roundlot.flower.cohorts import Cohorts
    from roundlot.flower.memory import Memory
    from roundlot.flower.nodes import Nodes
    from roundlot.flower.policy import Policy
    from roundlot.flower.rounds import Draw, RoundRecord
    from roundlot.flower.strategy import LotStrategy
