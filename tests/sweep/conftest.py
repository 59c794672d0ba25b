"""Small sweeps on disk, and rows without the seconds that they took."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

SCORES = "client,digits,words\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n"
SWEEP = """
name = "small"
[sweep]
setups = ["scores.csv"]
methods = ["optimum", "uniform", "clustered"]
designs = ["own", "systematic"]
seeds = 2
rounds = 50
[vary]
problem.budget = [1.0, 2.0]
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sweep_file(tmp_path: Path) -> Path:
    """Two budgets, three methods, one of which is not drawn, two designs, two seeds: 20 cells."""
    (tmp_path / "scores.csv").write_text(SCORES, "utf-8")
    path = tmp_path / "small.toml"
    path.write_text(SWEEP, "utf-8")
    return path


@pytest.fixture
def untimed() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """A frame's columns that must not depend on who computed them."""
    return lambda frame: frame.drop("elapsed", "method_seconds", strict=False)
