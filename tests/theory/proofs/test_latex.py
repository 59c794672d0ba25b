"""The LaTeX of every theorem compiles: plain characters, and MathJax and KaTeX parse it.

Both parsers are JavaScript: ``npm install --no-save mathjax@3 katex`` in the repository's root, or
where NODE_PATH says. Without them the parser of the documentation's formulas reads all.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sympy

from roundlot.theory import CATALOGUE
from roundlot.theory.proofs.expressions import to_latex

ROOT = Path(__file__).parents[3]
SOURCES = {theorem.name: theorem.latex() for theorem in CATALOGUE}
BY_NAME = pytest.mark.parametrize("name", SOURCES)
MATHJAX = """
const sources = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const tex = {packages: {"[-]": ["noundefined"]}};
require("mathjax").init({loader: {load: ["input/tex"]}, tex}).then((MathJax) => {
  const read = (tex) => MathJax.tex2mml(tex, {display: true});
  const wrong = Object.entries(sources).filter(([, tex]) => read(tex).includes("<merror"));
  console.log(JSON.stringify(wrong.map(([name]) => name)));
});
"""
KATEX = """
const sources = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const katex = require("katex");
const wrong = Object.entries(sources).filter(([, tex]) => {
  try { katex.renderToString(tex, {strict: "error", displayMode: true}); return false; }
  catch (error) { return true; }
});
console.log(JSON.stringify(wrong.map(([name]) => name)));
"""


def refused(program: str, sources: dict[str, str]) -> list[str]:
    """The names of the formulas that a parser in JavaScript does not read."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("MathJax and KaTeX run in node, which is not installed")
    done = subprocess.run(
        [node, "-e", program],
        input=json.dumps(sources),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "MODULE_NOT_FOUND" in done.stderr:
        pytest.skip("install the parser: npm install --no-save mathjax@3 katex")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@BY_NAME
def test_every_formula_has_plain_characters_and_pairs_of_braces(name) -> None:
    """pdfTeX knows no π or combining macron unless somebody tells it."""
    source = SOURCES[name]
    assert source.isascii(), {c for c in source if ord(c) > 127}
    assert source.count("{") == source.count("}")
    assert len(re.findall(r"\\left\b", source)) == len(re.findall(r"\\right\b", source))


@BY_NAME
def test_every_formula_has_a_mathml_of_known_commands(name) -> None:
    converter = pytest.importorskip("latex2mathml.converter", reason="roundlot[docs]")
    made = converter.convert(SOURCES[name])
    assert not re.findall(r">\\[A-Za-z]+<", made)


@pytest.mark.parametrize("program", [MATHJAX, KATEX], ids=["MathJax", "KaTeX"])
def test_a_parser_of_tex_reads_all(program) -> None:
    wrong = {"open brace": r"\frac{1}{2", "unknown": r"\unheardof x", "left alone": r"\left( x"}
    assert refused(program, SOURCES | wrong) == list(wrong)


def test_letters_with_marks_and_variances_are_commands() -> None:
    letters = {
        "ρ̄": r"\bar{\rho}",
        "n̄": r"\bar{n}",
        "ρ̃": r"\tilde{\rho}",
        "ā": r"\bar{a}",
        "π": r"\pi",
        "χ": r"\chi",
        "VarH": r"\operatorname{Var}(H)",
        "Varₙ": r"\operatorname{Var}(N)",
    }
    for name, command in letters.items():
        assert to_latex(sympy.Symbol(name)).strip() == command
