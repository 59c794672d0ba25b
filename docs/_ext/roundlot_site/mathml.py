"""Formulas as MathML, which browsers draw themselves: no script and no network."""

from __future__ import annotations

from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

#: What the converter does not know, in words that it does.
WORDS = {r"\arg": r"\operatorname{arg}\,", r"\bigl": r"\big", r"\bigr": r"\big"}
BELOW = ("min", "max", "sup", "inf", "lim")
#: Letters with a double stroke: browsers ignore the attribute that asks for them.
DOUBLE = {"E": "𝔼", "R": "ℝ", "N": "ℕ", "P": "ℙ", "Z": "ℤ", "Q": "ℚ", "C": "ℂ", "1": "𝟙"}


def formula(latex: str, *, block: bool) -> str:
    """The MathML of a formula.

    Raises:
        ValueError: a command that is not understood, which would stand in the page as it is.
    """
    source = " ".join(latex.split())
    for word, known in WORDS.items():
        source = source.replace(word + "\\", known + "\\").replace(word + " ", known + " ")
    try:
        root = ElementTree.fromstring(convert(source, display="block" if block else "inline"))
    except Exception as error:
        raise ValueError(f"no MathML for {source!r}: {error!r}") from error
    for element in root.iter():
        _mend(element, block)
        if "\\" in (element.text or ""):
            raise ValueError(f"no MathML for {source!r}: {element.text!r} is not understood")
    ElementTree.register_namespace("", "http://www.w3.org/1998/Math/MathML")
    return ElementTree.tostring(root, encoding="unicode")


def _mend(element: ElementTree.Element, block: bool) -> None:
    """What browsers understand: limits below their operator, letters instead of their style."""
    tag = element.tag.rpartition("}")[2]
    if block and tag == "msub" and (element[0].text or "") in BELOW:
        element.tag = element.tag.replace("msub", "munder")
    if element.get("mathvariant") == "double-struck" and element.text in DOUBLE:
        element.text = DOUBLE[element.text]
        del element.attrib["mathvariant"]


def _made(node: nodes.Node, *, block: bool) -> str:
    try:
        return formula(node.astext(), block=block)
    except ValueError as error:
        logger.warning("%s", error, location=node)
        return f"<code>{node.astext()}</code>"


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(f'<span class="math">{_made(node, block=False)}</span>')
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{_made(node, block=True)}</div>')
    raise nodes.SkipNode


def connect(app: Sphinx) -> None:
    """Make "mathml" a renderer of formulas."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
