"""Addresses, versions and requirements are the same wherever they stand."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
RECIPE = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text("utf-8"))
TESTS = ROOT / ".github" / "workflows" / "tests.yml"
#: Names of conda-forge that differ from those of the Python index.
CONDA = {"torch": "pytorch", "cvxpy": "cvxpy-base", "matplotlib": "matplotlib-base"}
WITH_ADDRESSES = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CITATION.cff"),
    *("recipe/recipe.yaml", ".github/ISSUE_TEMPLATE/config.yml"),
)


def test_one_address() -> None:
    home, site = PROJECT["urls"]["Homepage"], PROJECT["urls"]["Documentation"]
    assert all(url.startswith((home, site)) for url in PROJECT["urls"].values())
    found = set()
    for name in WITH_ADDRESSES:
        text = (ROOT / name).read_text("utf-8")
        found |= set(re.findall(r"https://github\.com/[\w.-]+/[\w-]+", text))
        found |= set(re.findall(r"https://[\w-]+\.readthedocs\.io", text))
    assert found == {home, site}


def test_one_version() -> None:
    facade = (ROOT / "src" / "roundlot" / "__init__.py").read_text("utf-8")
    assert f'__version__ = "{PROJECT["version"]}"' in facade
    assert CITATION["version"] == PROJECT["version"]
    assert RECIPE["context"]["version"] == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## ([\d.]+)", changes, re.MULTILINE)[1] == PROJECT["version"]


def test_pythons_that_are_claimed_are_tested() -> None:
    claimed = [
        line.rpartition(" ")[2]
        for line in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
    ]
    matrix = yaml.safe_load(TESTS.read_text("utf-8"))["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == claimed
    assert PROJECT["requires-python"] == f">={claimed[0]}"
    assert RECIPE["context"]["python_min"] == claimed[0]


def test_the_recipe_needs_what_the_package_needs() -> None:
    claimed = dict(
        re.fullmatch(r"([\w-]+)(>=.*)", line).groups() for line in PROJECT["dependencies"]
    )
    needed = dict(line.split(" ", 1) for line in RECIPE["requirements"]["run"])
    assert needed.pop("python") == ">=${{ python_min }}"
    assert needed == {CONDA.get(name, name): lowest for name, lowest in claimed.items()}
    entry = RECIPE["build"]["python"]["entry_points"]
    assert entry == [f"{name} = {target}" for name, target in PROJECT["scripts"].items()]
