"""Records that the first version wrote are read, drawn, and written as they are."""

from pathlib import Path

import numpy as np

from roundlot.explore import scene_of_result
from roundlot.report import headline, read_result, write_figures

RECORD = Path(__file__).parent / "data" / "run-1.json"


def test_a_record_of_the_first_version_is_read_and_drawn(tmp_path: Path) -> None:
    result = read_result(RECORD)
    assert result.name == "small"
    assert result.solution.budget == 1.5
    assert result.solution.rigorous
    assert result.clients == ("ann", "bob", "cy", "dee")
    assert np.isclose(result.probabilities.sum(), 1.5)
    assert "1.5 expected draws per round" in headline(result)
    assert any(verdict["detectable"] == np.inf for verdict in result.verdicts)
    written = write_figures(tmp_path, result, ["comparison", "bound"])
    assert {path.name for path in written} == {
        f"{name}.{kind}" for name in ("comparison", "bound") for kind in ("svg", "pdf")
    }
    assert scene_of_result(result).budget == 1.5


def test_it_is_written_as_it_was() -> None:
    assert read_result(RECORD).to_json() == RECORD.read_text("utf-8")
