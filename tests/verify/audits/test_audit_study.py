"""The study of false alarms and power: its samplers are what they are called."""

import numpy as np
import pytest

from benchmarks.audits import FAULT_RATE, interval, seen
from benchmarks.honest_samplers import kinds
from benchmarks.planted_samplers import faults
from roundlot.verify import audit

KINDS = {kind.name: kind for kind in kinds()}
FAULTS = {fault.name: fault for fault in faults()}


def test_there_are_as_many_kinds_as_the_page_says():
    assert len(KINDS) == 29
    assert len(FAULTS) == 44


@pytest.mark.parametrize("name", KINDS)
def test_honest_samplers_can_be_audited(name):
    """At a rate of 1e-6 nobody honest is refuted, in any of 29 audits."""
    sampler, claims = KINDS[name].make()
    found = audit(sampler, rounds=200, false_alarm=1e-6, **claims)
    assert not found.refuted, str(found)
    assert found.facts.rounds == 200


@pytest.mark.parametrize("name", [name for name in FAULTS if FAULTS[name].rounds <= 1024])
def test_faults_are_seen_by_the_check_that_is_to_see_them(name):
    assert seen(FAULTS[name], 1) == 1


def test_intervals_are_exact():
    assert FAULT_RATE < 0.05
    low, high = interval(0, 40)
    assert low == 0.0
    assert (1.0 - high) ** 40 == pytest.approx(0.025)
    assert interval(40, 40) == pytest.approx((0.025 ** (1 / 40), 1.0))
    assert np.diff(interval(3, 40))[0] > 0.1
