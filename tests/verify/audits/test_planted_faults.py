"""The documented table of planted faults holds: each is refused within the rounds it states."""

import importlib.util
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "planted_faults.py"


@pytest.fixture(scope="module")
def planted():
    spec = importlib.util.spec_from_file_location("planted_faults", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["planted_faults"] = module
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("planted_faults")


@pytest.fixture(scope="module")
def faults(planted):
    return list(planted.faults())


def test_every_fault_is_refused_within_its_rounds_and_the_right_one_supported(faults):
    assert len(faults) == 6
    for fault in faults:
        wrong, right = fault.refused(), fault.granted()
        assert wrong.refuted, fault.name
        assert wrong.facts.rounds <= fault.stated, fault.name
        assert right.outcome == "supported", f"{fault.name}: {right}"


def test_other_seeds_agree(faults):
    """The stated miss rate is 1e-3: 50 seeds of the quick faults, none missed."""
    for fault in faults[1:]:
        assert all(fault.refused(seed).refuted for seed in range(1, 11)), fault.name


def test_half_the_fault_is_not_refused_in_half_the_rounds(planted):
    """The stated rounds are of the order of what is needed: the test can fail."""
    fault = planted.probability_off()
    found = planted.audit(
        fault.wrong, checks=("inclusion",), rounds=fault.stated // 8, claimed=planted.P
    )
    assert not found.refuted


def test_right_samplers_are_hardly_ever_refused(planted):
    """40 audits at 1 %: 4 alarms or more have a chance below 1e-3 even at the full rate."""
    alarms, most = planted.false_alarms(40, 0.01)
    assert alarms <= 3
    assert 0.0 < most < 0.4
