"""Theorems in words and in LaTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy

from roundlot.theory.proofs.expressions import Expression, factor
from roundlot.theory.proofs.facts import Fact, Square

if TYPE_CHECKING:
    from roundlot.theory.proofs.steps import Multipliers, Step
    from roundlot.theory.proofs.theorem import Theorem

_TEX = {
    "‖": r"\|",
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
    "²": "^2",
    "∇": r"\nabla ",
    "⁺": "^{+}",
    "⋆": r"^{\star}",
    "₀": "_0",
    "¹": "^1",
    "₁": "_1",
    "¯": r"\bar ",
    "α": r"\alpha ",
    "β": r"\beta ",
    "γ": r"\gamma ",
    "δ": r"\delta ",
    "ε": r"\varepsilon ",
    "ζ": r"\zeta ",
    "η": r"\eta ",
    "θ": r"\theta ",
    "κ": r"\kappa ",
    "ν": r"\nu ",
    "ω": r"\omega ",
    "φ": r"\varphi ",
    "Φ": r"\Phi ",
    "Σ": r"\Sigma ",
    "√": r"\sqrt",
    "ℓ": r"\ell ",
    "λ": r"\lambda ",
    "μ": r"\mu ",
    "ξ": r"\xi ",
    "ρ": r"\rho ",
    "σ": r"\sigma ",
    "τ": r"\tau ",
    "Γ": r"\Gamma ",
    "Δ": r"\Delta ",
}


def to_latex(expression: Expression) -> str:
    """A SymPy expression in LaTeX, norms and inner products included."""
    names = {s: _tex(s.name) for s in sympy.sympify(expression).free_symbols}
    return _tex(str(sympy.latex(expression, symbol_names=names, order="rev-lex")))


def _tex(text: str) -> str:
    for character, command in _TEX.items():
        text = text.replace(character, command)
    return text


def _sign(theorem: Theorem) -> str:
    if theorem.relation == "exact":
        return "="
    return ">=" if theorem.claim.lower else "<="


def statement(theorem: Theorem) -> str:
    """The claim on one line of plain text."""
    return f"{theorem.claim.text} {_sign(theorem)} {plain(theorem.claim.formula)}"


def latex(theorem: Theorem) -> str:
    """The claim in LaTeX."""
    sign = {"=": "=", "<=": r"\le", ">=": r"\ge"}[_sign(theorem)]
    return f"{theorem.claim.latex} {sign} {to_latex(theorem.claim.formula)}"


def plain(expression: Expression) -> str:
    """An expression in plain text, with ``^`` for powers and no multiplication signs in the way."""
    return str(expression).replace("**", "^").replace("*", "·")


def proof(theorem: Theorem) -> str:
    """Setting, assumptions, claim, then every step with its multipliers."""
    lines = [theorem.title, "", theorem.setting, "", "Assume"]
    lines += [f"  - {text}" for text in theorem.assumptions]
    lines += ["", f"Claim ({theorem.relation}): {statement(theorem)}", "", "Proof"]
    for step in theorem.steps:
        lines += _step(theorem, step, theorem.multipliers[step.name])
    if theorem.domain.chart:
        chart = ", ".join(f"{k} = {plain(v)}" for k, v in theorem.domain.chart.items())
        lines += ["", "Signs of the multipliers: substitute " + chart + "; ", _slacks(theorem)]
    if theorem.witness is not None:
        lines += ["", f"Attained by {theorem.witness.text}."]
    return "\n".join([*lines, "", f"Source: {theorem.reference}"])


def _slacks(theorem: Theorem) -> str:
    named = [
        f"{c.slack} = {plain(c.slack_value)}"
        for c in theorem.domain.conditions
        if c.slack is not None
    ]
    return "  with " + ", ".join(named) + ", all coefficients have one sign."


def _step(theorem: Theorem, step: Step, multipliers: Multipliers) -> list[str]:
    relation = "= 0" if theorem.relation == "exact" and step.goal is None else ">= 0"
    target = plain(factor(step.target(theorem.claim.gap)))
    lines = [f"  {step.name}: {target} {relation}."]
    lines += [f"    {step.note}"] if step.note else []
    if step.direct:
        return [*lines, "    Its coefficients have one sign over the range."]
    lines += ["    It is the sum of" if step.terms else "    Both sides cancel term by term."]
    items: tuple[Fact | Square, ...] = (*step.facts, *step.squares)
    for item, multiplier in zip(items, multipliers, strict=True):
        lines.append(f"    + ({plain(multiplier)}) × {_item(item)}")
    return lines


def _item(item: Fact | Square) -> str:
    if isinstance(item, Square):
        return f"square {plain(item)}"
    relation = "= 0" if item.equality else ">= 0"
    return f"[{plain(item.expression)} {relation}]  ({item.name}: {item.reason})"
