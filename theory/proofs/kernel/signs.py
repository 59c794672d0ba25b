"""Which sign a rational function has for all values that the signs of its atoms allow."""

from __future__ import annotations

from collections.abc import Mapping

from roundlot.theory.proofs.kernel.algebra import Atom, Monomial, Polynomial, Ratio

ANY, NONNEGATIVE, POSITIVE = "any", "nonnegative", "positive"
SIGNS = (ANY, NONNEGATIVE, POSITIVE)


class Signs:
    """The signs of atoms; those not named may be anything."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """``known`` maps keys of atoms to signs."""
        self._known = dict(known)
        self._factors: dict[Polynomial, str] = {}

    def learn(self, key: str, sign: str) -> None:
        """The sign of one more atom."""
        self._known[key] = sign

    def learn_value(self, value: Ratio, sign: str) -> None:
        """The sign of a charted parameter, which its formula need not show: ``p = 1 − r``."""
        factors = list(value.factors.items())
        if sign != ANY and len(factors) == 1 and factors[0][1] == 1:
            rest = Ratio(value.coefficient, value.atoms, {})
            if self.is_positive(rest):
                self._factors[factors[0][0]] = sign

    def is_nonnegative(self, value: Ratio) -> bool:
        """Whether the coefficients prove ``value >= 0``; false means "not shown"."""
        return value.is_zero or self._sign(value, strict=False) > 0

    def is_positive(self, value: Ratio) -> bool:
        """Whether the coefficients prove ``value > 0``."""
        return self.is_nonzero(value) and self._sign(value, strict=True) > 0

    def is_nonzero(self, value: Ratio) -> bool:
        """Whether the coefficients prove that ``value`` cannot vanish."""
        return not value.is_zero and self._sign(value, strict=True) != 0

    def _sign(self, value: Ratio, *, strict: bool) -> int:
        """1 or -1 if every factor has a shown sign (strict: and cannot vanish), else 0."""
        sign = 1 if value.coefficient > 0 else -1
        for atom, power in value.atoms.items():
            # What stands below a fraction bar was shown non-zero where it was read.
            sign *= self._of_power(self._atom(atom, strict=strict or power < 0), power, strict)
        for factor, power in value.factors.items():
            sign *= self._of_power(self._factor(factor, strict=strict or power < 0), power, strict)
        return sign

    @staticmethod
    def _of_power(sign: int, power: int, strict: bool) -> int:
        """An even power is at least zero, whatever it is a power of."""
        if power % 2 == 0:
            return 1 if sign or not strict else 0
        return sign

    def _atom(self, atom: Atom, *, strict: bool) -> int:
        sign = self._known.get(atom.key, ANY)
        return int(sign == POSITIVE or (sign == NONNEGATIVE and not strict))

    def _factor(self, factor: Polynomial, *, strict: bool) -> int:
        """The sign of a sum whose terms all have one sign, or that is known as a whole."""
        whole = self._factors.get(factor, ANY)
        if whole == POSITIVE or (whole == NONNEGATIVE and not strict):
            return 1
        signs = {1 if coefficient > 0 else -1 for _, coefficient in factor.terms}
        monomials = [monomial for monomial, _ in factor.terms]
        if len(signs) > 1 or not all(self._monomial(m, strict=False) for m in monomials):
            return 0
        if strict and not any(self._monomial(m, strict=True) for m in monomials):
            return 0
        return signs.pop()

    def _monomial(self, monomial: Monomial, *, strict: bool) -> bool:
        return all(
            self._of_power(self._atom(atom, strict=strict), power, strict)
            for atom, power in monomial
        )
