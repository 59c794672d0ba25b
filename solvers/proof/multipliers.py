"""The prices of the constraints, kept as square roots."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Multipliers:
    """Prices of the budget and of the processors' caps, as roots.

    With ``ρ = level * 2**exponent`` and ``ρ_v = rows[v] * 2**exponent`` the budget costs ``ρ²`` a
    draw and the cap of processor ``v`` costs ``ρ_v² − ρ² >= 0``. At the optimum
    ``p_vs = clip(a_vs / ρ_v, l, u)``. Roots keep the certificate polynomial in floats, and the
    common exponent keeps them in range for scores from 1e-300 to 1e300. For reading,
    ``solution.price`` and ``solution.prices`` have the prices in plain units of score², and
    ``solution.threshold`` has ``1 / ρ``.

    Attributes:
        level: ``>= 0``, in units of score; 0 when the budget is slack.
        rows: ``(V,)``, ``>= level``; equal to it where the cap is slack.
        exponent: of the common power of two.
    """

    level: float
    rows: FloatArray
    exponent: int = 0

    def __repr__(self) -> str:
        held = int((self.rows > self.level).sum())
        unit = f" * 2**{self.exponent}" if self.exponent else ""
        return (
            f"Multipliers(level={self.level:.6g}{unit}, {held} of {self.rows.size} processors "
            "at a priced cap)"
        )
