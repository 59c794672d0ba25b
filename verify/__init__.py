"""Whether theory, solvers and simulation agree: exact checks, and tests with stated error rates."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Verdict": "verdict",
    "combine": "verdict",
    "share": "verdict",
    "EProcess": "e_process",
    "detectable": "power",
    "rounds_needed": "power",
    "check_mean": "mean",
    "check_variance": "variance",
    "predict_squared_error": "variance",
    "check_aggregate_weight": "weights",
    "check_participation_variance": "weights",
    "check_inclusion": "inclusion",
    "detectable_inclusion": "inclusion",
    "rounds_needed_inclusion": "inclusion",
    "check_draws": "uploads",
    "check_uploads": "uploads",
    "check_enumeration": "enumeration",
    "TinyInstance": "tiny",
    "random_instance": "tiny",
    "check_certificate": "certificate",
    "check_reference": "certificate",
}
__all__ = [
    "EProcess",
    "TinyInstance",
    "Verdict",
    "check_aggregate_weight",
    "check_certificate",
    "check_draws",
    "check_enumeration",
    "check_inclusion",
    "check_mean",
    "check_participation_variance",
    "check_reference",
    "check_uploads",
    "check_variance",
    "combine",
    "detectable",
    "detectable_inclusion",
    "predict_squared_error",
    "random_instance",
    "rounds_needed",
    "rounds_needed_inclusion",
    "share",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.verify' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.verify.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.verify.certificate import check_certificate, check_reference
    from roundlot.verify.e_process import EProcess
    from roundlot.verify.enumeration import check_enumeration
    from roundlot.verify.inclusion import (
        check_inclusion,
        detectable_inclusion,
        rounds_needed_inclusion,
    )
    from roundlot.verify.mean import check_mean
    from roundlot.verify.power import detectable, rounds_needed
    from roundlot.verify.tiny import TinyInstance, random_instance
    from roundlot.verify.uploads import check_draws, check_uploads
    from roundlot.verify.variance import check_variance, predict_squared_error
    from roundlot.verify.verdict import Verdict, combine, share
    from roundlot.verify.weights import check_aggregate_weight, check_participation_variance
