"""The site: every page is in a group, every public name in the reference, every call works.

`make docs` builds it whole; these look at what it is built from.
"""

import inspect
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sphinx = pytest.importorskip("sphinx")


@pytest.fixture(scope="module")
def site() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DOCS / "_ext"))
    yield import_module("roundlot_site")
    sys.path.remove(str(DOCS / "_ext"))


@pytest.fixture(scope="module")
def pages(site: ModuleType) -> dict[str, str]:
    return site.written(ROOT)


def python(text: str) -> str:
    """The first block of Python of a page in reStructuredText."""
    found = re.search(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", text)
    assert found
    return inspect.cleandoc(found[1])


def test_conf_is_read_and_asks_for_nothing_from_elsewhere(site: ModuleType) -> None:
    conf = runpy.run_path(str(DOCS / "conf.py"))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert conf["release"] == settings["project"]["version"]
    assert conf["html_math_renderer"] == "mathml"
    assert conf["nb_execution_raise_on_error"]
    assert "sphinx.ext.intersphinx" not in conf["extensions"]


def test_every_page_is_in_one_group(site: ModuleType) -> None:
    groups = site.contents.groups(DOCS)
    listed = [name for names in groups.values() for name in names]
    assert len(listed) == len(set(listed))
    assert {p.stem for p in DOCS.glob("*.md")} - {"index"} <= set(listed)


def test_groups_name_only_pages_that_there_are(site: ModuleType, pages: dict[str, str]) -> None:
    made = {place.rpartition(".")[0] for place in pages}
    for names in site.contents.GROUPS.values():
        for name in names:
            if not name.startswith(("tutorials/", "gallery/")):
                assert (DOCS / f"{name}.md").exists() or name in made, name


def test_the_first_page_holds_the_groups_and_reads_without_them(site: ModuleType) -> None:
    text = (DOCS / "index.md").read_text("utf-8")
    assert "toctree" not in text
    shown = site.contents.with_contents(text, "index", DOCS)
    assert shown.count("```{toctree}") == len(site.contents.groups(DOCS))


def test_every_public_name_has_a_docstring_and_an_entry(
    site: ModuleType, pages: dict[str, str]
) -> None:
    reference = site.reference
    names = reference.packages(ROOT)
    for package in names:
        for name, value in reference.public(package).items():
            if inspect.ismodule(value):
                assert f"reference/{value.__name__}.rst" in pages
                continue
            place = reference.home(package, name, value, names)
            assert re.search(
                rf"^\.\. (auto\w+:: {place}\.{name}|py:data:: {name}\n   :module: {place})$",
                pages[f"reference/{place}.rst"],
                re.MULTILINE,
            ), f"{package}.{name} is not in the reference"
            if value is not None:
                assert reference.described(value, package, name), f"{package}.{name} says nothing"


def test_public_functions_give_the_shapes_of_arrays(site: ModuleType) -> None:
    silent = []
    for package in site.reference.packages(ROOT):
        for name, value in site.reference.public(package).items():
            if inspect.isroutine(value):
                silent += [f"{package}.{name}: {p}" for p in site.shapes.silent(value)]
    assert not silent, "\n".join(sorted(set(silent)))


@pytest.mark.parametrize("kind", ["methods", "approximations"])
def test_the_calls_on_pages_of_methods_and_rules_run(kind: str, pages: dict[str, str]) -> None:
    chosen = [text for place, text in pages.items() if place.startswith(f"{kind}/")]
    assert len(chosen) >= 19
    for text in chosen:
        assert ".. math::" in text
        assert "**source**" in text
        exec(compile(python(text), "page", "exec"), {})


def test_the_commands_on_pages_of_methods_name_methods_that_train(
    pages: dict[str, str], tmp_path: Path
) -> None:
    from roundlot.cli import main
    from roundlot.simulate.methods import METHODS

    shown = [re.search(r"--methods (\S+)", t) for p, t in pages.items() if p.startswith("methods/")]
    names = [found[1] for found in shown if found]
    assert sorted(names) == sorted(METHODS)
    out = str(tmp_path / "trained")
    command = ["train", "digits", "--methods", ",".join(names), "--rounds", "1", "--seeds", "1"]
    assert main([*command, "--out", out]) == 0


def test_the_page_of_the_command_line_has_every_command(pages: dict[str, str]) -> None:
    from roundlot.cli.app import COMMANDS

    text = pages["reference/command-line.md"]
    for command in COMMANDS:
        assert re.search(rf"^## roundlot {command}\b", text, re.MULTILINE)
    assert "## roundlot completion" not in text
    assert "| `--budget <float>` |" in text


def test_links_out_of_the_folder_lead_to_pages(site: ModuleType, pages: dict[str, str]) -> None:
    page = DOCS / "approximations.md"
    turned = site.sources.with_links(page.read_text("utf-8"), page, ROOT)
    assert "](/code/solvers/rules/__init__.py.rst)" in turned
    for target in re.findall(r"\]\(/(code/[^)]*)\)", turned):
        assert target in pages


@pytest.mark.parametrize(
    ("latex", "part"),
    [(r"\min_p x", "munder"), (r"\mathbb{E} x", "𝔼"), (r"\arg\min_p x", "arg")],
)
def test_formulas_become_mathml(site: ModuleType, latex: str, part: str) -> None:
    assert part in site.mathml.formula(latex, block=True)


def test_a_formula_that_is_not_understood_is_refused(site: ModuleType) -> None:
    with pytest.raises(ValueError, match="not understood"):
        site.mathml.formula(r"\nosuchcommand x", block=False)


def test_a_number_and_its_unit_stay_on_one_line(site: ModuleType) -> None:
    joined = site.units.joined
    assert joined("126 % more in 2.9 s, 2 samples") == "126\u00a0% more in 2.9\u00a0s, 2 samples"


def test_attributes_are_listed_by_their_names(site: ModuleType) -> None:
    lines = ["Head.", "", "Attributes:", "    a, b: ``(V,)``, two", "        rows.", "", "Raises:"]
    assert site.docstrings.listed(lines) == [
        "Head.",
        "",
        ":Attributes:",
        "    - ``a``, ``b``: ``(V,)``, two",
        "      rows.",
        "",
        "",
        "Raises:",
    ]


def test_words_of_a_table_stand_without_quotation_marks(site: ModuleType) -> None:
    cell = "<td>&quot;today &amp; best&quot;</td>"
    table = f'<table class="dataframe">{cell}<td>20.0</td></table>'
    assert "<td>today &amp; best</td><td>20.0</td>" in site.frames.plain_words(table)
    assert site.frames.plain_words(cell) == cell  # no table of Polars


def test_aliases_of_types_are_called_by_their_names(
    site: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sphinx.util.inspect import TypeAliasForwardRef

    monkeypatch.setattr(TypeAliasForwardRef, "__repr__", TypeAliasForwardRef.__repr__)
    nowhere = SimpleNamespace(connect=lambda *_, **__: None, add_role=lambda *_: None)
    site.docstrings.connect(nowhere, {})
    assert repr(TypeAliasForwardRef("FloatArray")) == "FloatArray"
