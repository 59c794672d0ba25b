"""How a name may be spelled, so that what is printed is what was judged."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category, name, normalize

from roundlot.theory.json_text import UnreadableError

_ALIKE = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo")  # Greek that looks Latin
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_KINDS = ("Lm", "No", "Sm", "Ps", "Pe", "Mn")  # indices, exponents, ∇, brackets, bars


def check_spelling(names: Iterable[str]) -> None:
    """Raise UnreadableError if a name could be taken for another, or for a power of another."""
    known: dict[str, str] = {}
    for one in dict.fromkeys(names):
        strange = [c for c in one if not _is_plain(c)]
        if strange or one != one.strip() or not one:
            what = f"has the character {strange[0]!a}" if strange else "begins or ends with nothing"
            raise UnreadableError(f"the name {one!a} {what}")
        other = known.setdefault(normalize("NFKC", one).translate(_ALIKE), one)
        if other != one:
            raise UnreadableError(f"the names {one!a} and {other!a} look alike")
    for one in known.values():
        if one.rstrip(_SUPERSCRIPTS) in known.values() and one[-1] in _SUPERSCRIPTS:
            raise UnreadableError(f"the name {one} looks like a power of another name")


def _is_plain(character: str) -> bool:
    """ASCII, a Latin or Greek letter, a mark of mathematics."""
    if character.isascii():
        return character.isprintable()
    if character in "‖ℓ":
        return True
    is_letter = category(character) in ("Ll", "Lu")
    if is_letter:
        return name(character).startswith(("LATIN", "GREEK"))
    return category(character) in _KINDS
