"""The prices of the family's constraints."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.theory.problem import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """What a unit of each limit is worth, all ``>= 0``, in units of ``4**exponent`` (score²).

    An entry pays ``κ_vs = budget + models_s + processors_v + Σ_level levels[level][label_v] +
    Σ_k costs_k cost_kvs`` per unit of probability; at the optimum ``p = clip(a / √κ, l, u)``.

    Attributes:
        budget: of a draw.
        processors: ``(V,)``, of the processors' caps.
        levels: one ``(G,)`` for each of the problem's ``levels``: clients, then groups.
        models: ``(S,)``, of the models' budgets.
        costs: ``(K,)``, of the cost rows, per unit of cost.
        exponent: of the common power of four.
    """

    budget: float
    processors: FloatArray
    levels: tuple[FloatArray, ...]
    models: FloatArray
    costs: FloatArray
    exponent: int = 0
