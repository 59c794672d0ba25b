"""A number and its unit stay on one line."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_SPACE = re.compile(r"(?<=\d) (?=(?:%|(?:µs|ms|s|min|h|MB|GB|MiB|GiB)\b))")
_VERBATIM = (nodes.FixedTextElement, nodes.literal, nodes.raw)


def joined(text: str) -> str:
    """With a space that does not break: ``126 %``, ``2.9 s``."""
    return _SPACE.sub("\u00a0", text)


def _join(app: Sphinx, tree: nodes.document) -> None:
    for text in list(tree.findall(nodes.Text)):
        if not isinstance(text.parent, _VERBATIM) and (together := joined(text)) != text:
            text.parent.replace(text, nodes.Text(together))


def connect(app: Sphinx) -> None:
    """For every page that is read."""
    app.connect("doctree-read", _join)
