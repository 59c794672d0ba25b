"""Labels follow from how a step is put together, not from what somebody wrote down."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import Any

import pytest

from roundlot.simulate.methods import METHODS, method
from roundlot.simulate.methods.estimator import HORVITZ_THOMPSON, Estimator
from roundlot.simulate.methods.stale_memory import Corrected


def record(name: str) -> Any:
    file, kind = METHODS[name]
    return getattr(import_module(f"roundlot.simulate.methods.{file}"), kind)


@pytest.mark.parametrize("name", METHODS)
def test_no_label_is_typed_in(name: str) -> None:
    assert "label" not in {field.name for field in fields(record(name))}
    made = record(name)()
    assert made.label == made.estimator.label


def test_a_label_is_that_of_its_parts() -> None:
    assert HORVITZ_THOMPSON.label == Corrected().label == "unbiased"
    assert Estimator(weighs="draws").label == Estimator(weighs="everybody").label == "unbiased"
    assert Estimator(updates="those", where="here").label == "unbiased for those here"
    assert Estimator(over="the phase").label == "unbiased over the phase"
    away = Estimator(memory="corrected", away="the last updates").label
    assert away == "unbiased, with the last updates of those away"
    for biased in (
        Estimator(weighs="those drawn"),
        Estimator(weighs="number"),
        Estimator(weighs="everybody", memory="instead"),
        Estimator(never="the quiet ones"),
        Estimator(tilt="loss", over="the phase"),
        Estimator(memory="corrected", never="the quiet ones"),
    ):
        assert biased.label.startswith("biased: ")


@pytest.mark.parametrize(
    ("name", "settings", "label"),
    [
        ("lvr", {"floor": 0.0}, "biased: a loss of 0 is never drawn"),
        ("stale-vre", {"floor": 0.0}, "biased: a residual of 0 is never drawn"),
        ("q-tilted", {"q": 0.0}, "unbiased"),
        ("q-tilted", {"q": 1.0}, "biased: clients of large loss weigh more"),
        ("q-fedavg", {"q": 0.0}, "biased: a plain mean over those drawn"),
        ("q-fedavg", {"q": 1.0}, "biased: clients of large loss weigh more"),
        ("alpha-fair-draw", {"aggregate": "mean"}, "biased: divides by the data of those drawn"),
        ("scaffold", {}, "unbiased for updates that control variates correct"),
        ("group-sampling", {"aggregate": "mean"}, "biased: a plain mean over the active clients"),
        ("group-sampling", {"aggregate": "unbiased", "phase": "round"}, "unbiased"),
        ("group-sampling", {"aggregate": "unbiased", "phase": "cycle"}, "unbiased over the phase"),
    ],
)
def test_settings_change_labels(name: str, settings: dict[str, Any], label: str) -> None:
    assert method(name, **settings).label.startswith(label)
