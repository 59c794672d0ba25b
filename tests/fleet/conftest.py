"""A small fleet, and setups on disk."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.fleet import Fleet


@pytest.fixture
def parts() -> dict[str, Any]:
    return {
        "clients": ("ada", "ben", "cleo"),
        "models": ("digits", "words"),
        "samples": np.array([[4, 1], [0, 3], [6, 0]]),
        "processors": np.array([2, 1, 3]),
        "speed": np.array([10.0, 5.0, 2.5]),
        "link": np.array([1.0, 2.0, 3.0]),
        "label_counts": np.array([[1, 3, 1, 9], [0, 0, 3, 0], [6, 0, 0, 0]]),
        "label_names": ("zero", "one", "tree", "noise"),
        "label_model": np.array([0, 0, 1, -1]),
    }


@pytest.fixture
def fleet(parts: dict[str, Any]) -> Fleet:
    return Fleet(**parts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a setup and the tables of the small fleet."""
    (tmp_path / "clients.csv").write_text(
        "client,processors,speed,link\ncleo,3,2.5,3\nada,2,10,1\nben,1,5,2\n"
    )
    (tmp_path / "samples.csv").write_text("client,digits,words\nada,4,1\nben,0,3\ncleo,6,0\n")
    (tmp_path / "labels.csv").write_text(
        "client,zero,one,tree,noise\nada,1,3,1,9\nben,0,0,3,0\ncleo,6,0,0,0\n"
    )
    (tmp_path / "norms.csv").write_text("client,words,digits\nben,0.5,\ncleo,,2\nada,1,3\n")
    (tmp_path / "setup.toml").write_text(
        '[fleet]\nclients = "clients.csv"\nsamples = "samples.csv"\n[problem]\nbudget = 2\n'
    )
    return tmp_path
