"""Long commands stopped at random moments: nothing is lost, doubled or left; see docs/faults.md."""

from __future__ import annotations

import signal

import pytest

from benchmarks.kills.__main__ import attacked, table
from benchmarks.kills.attack import Stop
from benchmarks.kills.jobs import JOBS

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals differ")
GOOD = {"number": signal.SIGTERM, "to_all": False, "moment": 0.5, "code": 143, "seconds": 0.1}
GOOD |= {"said": "", "errors": "roundlot: terminated; no file is left half written\n", "orphans": 0}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"code": 0, "errors": ""}, None),  # it was done before
        ({"errors": "roundlot: cells: 3 %, about 2 s left\n" + str(GOOD["errors"])}, None),
        ({"number": signal.SIGKILL, "code": -9, "errors": ""}, None),
        ({"code": 1}, "2 lines"),
        ({"code": 130}, "exit code 130"),
        ({"errors": ""}, "0 lines"),
        ({"errors": str(GOOD["errors"]) + "Traceback (most recent call last):\n"}, "a traceback"),
        ({"said": "Traceback (most recent call last):\n"}, "a traceback"),
        ({"orphans": 1}, "1 orphans"),
        ({"seconds": 100.0}, "took 100 s to end"),
    ],
)
def test_what_is_a_fault(change: dict, fault: str | None) -> None:
    """The judge itself: what is as it should be is none, and each fault is seen."""
    found = Stop(**(GOOD | change)).faults()
    if change.get("code") == 1:
        assert found  # ended by itself, yet said that it was stopped
    elif fault is None:
        assert not found
    else:
        assert any(one.startswith(fault) for one in found)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", JOBS)
def test_stopped_at_random(name: str) -> None:
    records = list(attacked(name, 4, f"test/{name}"))
    assert [record["faults"] for record in records if record["faults"]] == [], table(records)
