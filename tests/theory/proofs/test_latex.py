"""The LaTeX of every theorem compiles: plain characters, and KaTeX and MathJax parse it.

KaTeX comes with the development tools and runs in V8. MathJax needs node and
``npm install --no-save mathjax@3`` in the repository's root, or where NODE_PATH says; without them
its test is skipped.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.metadata import distribution
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
const wrong = (sources) => Object.entries(JSON.parse(sources)).filter(([, tex]) => {
  try { katex.renderToString(tex, {strict: "error", displayMode: true}); return false; }
  catch (error) { return true; }
}).map(([name]) => name);
"""


def refused_by_katex(sources: dict[str, str]) -> list[str]:
    """The names of the formulas that KaTeX does not read."""
    v8 = pytest.importorskip("py_mini_racer", reason="roundlot[dev]").MiniRacer()
    parser = distribution("sphinxcontrib-katex").locate_file("sphinxcontrib/katex.min.js")
    v8.eval(Path(str(parser)).read_text("utf-8"))
    v8.eval(KATEX)
    return list(v8.call("wrong", json.dumps(sources)))


def refused_by_mathjax(sources: dict[str, str]) -> list[str]:
    """The names of the formulas that MathJax does not read."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("MathJax runs in node, which is not installed")
    done = subprocess.run(
        [node, "-e", MATHJAX],
        input=json.dumps(sources),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "MODULE_NOT_FOUND" in done.stderr:
        pytest.skip("install the parser: npm install --no-save mathjax@3")
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


@pytest.mark.parametrize("refused", [refused_by_katex, refused_by_mathjax])
def test_a_parser_of_tex_reads_all(refused) -> None:
    wrong = {"open brace": r"\frac{1}{2", "unknown": r"\unheardof x", "left alone": r"\left( x"}
    assert refused(SOURCES | wrong) == list(wrong)


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
