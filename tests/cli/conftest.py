"""A small fleet on disk, and a way to call the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = """
name = "small"
[fleet]
source = "speech-commands"
first_clients = 60
[problem]
budget = 12.0
[train]
warmup_rounds = 1
local_epochs = 2
features = 6
[simulate]
rounds = 400
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    """The first sixty speakers, with little training and few rounds."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, "utf-8")
    return path


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Four clients and two models; bob cannot train the second."""
    path = tmp_path / "scores.csv"
    path.write_text(
        "client,digits,words\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n", "utf-8"
    )
    return path
