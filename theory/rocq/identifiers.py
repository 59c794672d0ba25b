"""Names that Rocq can read: Greek letters spelt out, norms and products named by their vectors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_WORDS = {
    "∇": "grad", "²": "2", "⁺": "_next", "̄": "_bar", "*": "_star", "Δ": "Delta", "Γ": "Gamma",
    "‖": "", "ₙ": "_n", "∞": "inf", "Σ": "Sum", "√": "sqrt", "ℓ": "ell",
}  # fmt: skip
_WORDS_OF_ROCQ = """
S O R I INR IZR nat pow Set Prop Type at by in of as end fun let if then else using where with match
return forall exists fix cofix for mod
"""
_WORDS_OF_THE_FILES = """
total room at_most less linked linked_above linked_equal difference same equal above below over
times_zero plus_zero from_zero sign nonzero identity written parts every goal hypothesis added
before one sum index_sign form here
"""
_TAKEN = frozenset((_WORDS_OF_ROCQ + _WORDS_OF_THE_FILES).split())


def identifier(text: str) -> str:
    """``text`` as letters, digits and underscores."""
    norm = re.fullmatch(r"‖(.*)‖²", text)
    if norm:
        return "norm2_" + identifier(norm[1])
    product = re.fullmatch(r"⟨(.*),(.*)⟩", text)
    if product:
        return f"{identifier(product[1])}_dot_{identifier(product[2])}"
    spelt = "".join(_letter(c) for c in unicodedata.normalize("NFD", text))
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", spelt)).strip("_")
    return plain if plain and plain[0].isalpha() else f"n{plain}"


def _letter(letter: str) -> str:
    if letter in _WORDS:
        return _WORDS[letter]
    name = unicodedata.name(letter, "")
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (FINAL )?(\w+).*", name)
    if greek:
        return greek[3].lower() if greek[1] == "SMALL" else greek[3].capitalize()
    digit = re.fullmatch(r"(SUBSCRIPT|SUPERSCRIPT) (\w+)", name)
    return str(unicodedata.digit(letter)) if digit and letter.isdigit() else letter


def free(wanted: str, used: Collection[str]) -> str:
    """``wanted``, or the first of ``wanted_``, ``wanted_2``, ... that is neither used nor taken."""
    taken = {*used, *_TAKEN}
    candidate, number = wanted, 1
    while candidate in taken:
        candidate = f"{wanted}_" if number == 1 else f"{wanted}_{number}"
        number += 1
    return candidate


def comment(text: str) -> str:
    """``text`` as a comment of a Rocq file, whatever stars, brackets and quotes it has."""
    inner = text.replace("*)", "* )").replace("(*", "( *").replace('"', "'")
    return f"(* {inner} *)"
