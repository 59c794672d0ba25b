"""Tables of data in the notebooks: words without Polars's quotation marks."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

_QUOTED = re.compile(r"<td>&quot;(.*?)&quot;</td>")


def plain_words(html: str) -> str:
    """The HTML of a table of Polars with its words as they are."""
    return _QUOTED.sub(r"<td>\1</td>", html) if 'class="dataframe"' in html else html


def _read(app: Sphinx, tree: nodes.document) -> None:
    for raw in tree.findall(nodes.raw):
        text = raw.astext()
        if (plain := plain_words(text)) != text:
            raw.children = [nodes.Text(plain)]


def connect(app: Sphinx) -> None:
    """Mend every page as it is read."""
    app.connect("doctree-read", _read)
