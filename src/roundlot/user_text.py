"""Users' names where people read them: what would change the text around them is made visible."""

from __future__ import annotations

import re

# Controls that no terminal shows but many obey, and marks that turn the text after them round;
# line ends and tabs stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """``text`` with U+FFFD for control characters and for overrides of the writing direction."""
    return _INVISIBLE.sub("\ufffd", text)
