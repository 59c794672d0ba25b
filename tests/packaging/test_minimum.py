"""The file of lowest versions says what the package claims."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def version(text: str) -> tuple[int, ...]:
    """Numbers without the zeros at the end."""
    parts = [int(part) for part in text.split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def test_lowest_versions_are_those_claimed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    claims = [*project["dependencies"], *extras["test"], *extras["stream"], *extras["dask"]]
    others = [claim for claim in claims if not claim.startswith("roundlot[")]
    claimed = dict(re.fullmatch(r"([\w-]+)>=([\d.]+)", claim).groups() for claim in others)
    lines = (ROOT / "constraints-minimum.txt").read_text("utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pinned.keys() == claimed.keys()
    assert {name: version(text) for name, text in pinned.items()} == {
        name: version(text) for name, text in claimed.items()
    }
