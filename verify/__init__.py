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
    "check_variance_at_most": "at_most",
    "check_assumed_mean": "dependent",
    "check_design_variance": "dependent",
    "detectable_large": "power",
    "rounds_needed_large": "power",
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
    "Audit": "audit_record",
    "AuditFacts": "audit_record",
    "audit": "auditing",
    "clopper_pearson": "bernoulli",
    "detectable_sequential": "bernoulli",
    "rounds_needed_sequential": "bernoulli",
    "detectable_zero_mean": "zero_mean",
    "rounds_needed_zero_mean": "zero_mean",
    "assert_audit": "one_liners",
    "assert_inclusion": "one_liners",
    "assert_unbiased": "one_liners",
    "assert_within_budget": "one_liners",
    "Deviation": "deviations",
    "Deviations": "deviations",
    "search_deviations": "deviations",
}
_MODULES = ("adapters", "strategies")
__all__ = [
    "Audit",
    "AuditFacts",
    "Deviation",
    "Deviations",
    "EProcess",
    "TinyInstance",
    "Verdict",
    "adapters",
    "assert_audit",
    "assert_inclusion",
    "assert_unbiased",
    "assert_within_budget",
    "audit",
    "check_aggregate_weight",
    "check_assumed_mean",
    "check_certificate",
    "check_design_variance",
    "check_draws",
    "check_enumeration",
    "check_inclusion",
    "check_mean",
    "check_participation_variance",
    "check_reference",
    "check_uploads",
    "check_variance",
    "check_variance_at_most",
    "clopper_pearson",
    "combine",
    "detectable",
    "detectable_inclusion",
    "detectable_large",
    "detectable_sequential",
    "detectable_zero_mean",
    "predict_squared_error",
    "random_instance",
    "rounds_needed",
    "rounds_needed_inclusion",
    "rounds_needed_large",
    "rounds_needed_sequential",
    "rounds_needed_zero_mean",
    "search_deviations",
    "share",
    "strategies",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"roundlot.verify.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.verify' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.verify.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.verify import adapters, strategies
    from roundlot.verify.at_most import check_variance_at_most
    from roundlot.verify.audit_record import Audit, AuditFacts
    from roundlot.verify.auditing import audit
    from roundlot.verify.bernoulli import (
        clopper_pearson,
        detectable_sequential,
        rounds_needed_sequential,
    )
    from roundlot.verify.certificate import check_certificate, check_reference
    from roundlot.verify.dependent import check_assumed_mean, check_design_variance
    from roundlot.verify.deviations import Deviation, Deviations, search_deviations
    from roundlot.verify.e_process import EProcess
    from roundlot.verify.enumeration import check_enumeration
    from roundlot.verify.inclusion import (
        check_inclusion,
        detectable_inclusion,
        rounds_needed_inclusion,
    )
    from roundlot.verify.mean import check_mean
    from roundlot.verify.one_liners import (
        assert_audit,
        assert_inclusion,
        assert_unbiased,
        assert_within_budget,
    )
    from roundlot.verify.power import (
        detectable,
        detectable_large,
        rounds_needed,
        rounds_needed_large,
    )
    from roundlot.verify.tiny import TinyInstance, random_instance
    from roundlot.verify.uploads import check_draws, check_uploads
    from roundlot.verify.variance import check_variance, predict_squared_error
    from roundlot.verify.verdict import Verdict, combine, share
    from roundlot.verify.weights import check_aggregate_weight, check_participation_variance
    from roundlot.verify.zero_mean import detectable_zero_mean, rounds_needed_zero_mean
