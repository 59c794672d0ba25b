"""Whether theory, solvers and simulation agree: exact checks, and tests with stated error rates."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "check_mean_inverse": "verify.stragglers",
    "check_bias": "verify.stragglers",
    "check_stragglers": "verify.stragglers",
    "Verdict": "verify.verdict",
    "combine": "verify.verdict",
    "share": "verify.verdict",
    "EProcess": "verify.e_process",
    "detectable": "verify.power",
    "rounds_needed": "verify.power",
    "check_mean": "verify.mean",
    "check_variance": "verify.variance",
    "check_variance_at_most": "verify.at_most",
    "check_assumed_mean": "verify.dependent",
    "check_design_variance": "verify.dependent",
    "check_training_variance": "verify.training_check",
    "check_contraction": "verify.consensus",
    "check_gradient_bound": "verify.consensus",
    "check_mixing_draws": "verify.consensus",
    "check_mixing_enumeration": "verify.consensus",
    "check_worker_moments": "verify.consensus",
    "detectable_large": "verify.power",
    "rounds_needed_large": "verify.power",
    "predict_squared_error": "verify.variance",
    "check_aggregate_weight": "verify.weights",
    "check_participation_variance": "verify.weights",
    "check_inclusion": "verify.inclusion",
    "detectable_inclusion": "verify.inclusion",
    "rounds_needed_inclusion": "verify.inclusion",
    "check_draws": "verify.uploads",
    "check_uploads": "verify.uploads",
    "check_enumeration": "verify.enumeration",
    "TinyInstance": "verify.tiny",
    "random_instance": "verify.tiny",
    "check_certificate": "verify.solutions",
    "check_reference": "verify.solutions",
    "Audit": "verify.audit_record",
    "AuditFacts": "verify.audit_record",
    "UnreadableDrawError": "verify.draw_layout",
    "audit": "verify.auditing",
    "clopper_pearson": "verify.bernoulli",
    "detectable_sequential": "verify.bernoulli",
    "rounds_needed_sequential": "verify.bernoulli",
    "detectable_zero_mean": "verify.zero_mean",
    "rounds_needed_zero_mean": "verify.zero_mean",
    "assert_audit": "verify.one_liners",
    "assert_inclusion": "verify.one_liners",
    "assert_unbiased": "verify.one_liners",
    "assert_within_budget": "verify.one_liners",
    "Deviation": "verify.deviations",
    "Deviations": "verify.deviations",
    "search_deviations": "verify.deviations",
    "adapters": "verify.adapters",
    "strategies": "verify.strategies",
}
__all__ = [
    "Audit",
    "AuditFacts",
    "Deviation",
    "Deviations",
    "EProcess",
    "TinyInstance",
    "UnreadableDrawError",
    "Verdict",
    "adapters",
    "assert_audit",
    "assert_inclusion",
    "assert_unbiased",
    "assert_within_budget",
    "audit",
    "check_aggregate_weight",
    "check_assumed_mean",
    "check_bias",
    "check_certificate",
    "check_contraction",
    "check_design_variance",
    "check_draws",
    "check_enumeration",
    "check_gradient_bound",
    "check_inclusion",
    "check_mean",
    "check_mean_inverse",
    "check_mixing_draws",
    "check_mixing_enumeration",
    "check_participation_variance",
    "check_reference",
    "check_stragglers",
    "check_training_variance",
    "check_uploads",
    "check_variance",
    "check_variance_at_most",
    "check_worker_moments",
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

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

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
    from roundlot.verify.consensus import (
        check_contraction,
        check_gradient_bound,
        check_mixing_draws,
        check_mixing_enumeration,
        check_worker_moments,
    )
    from roundlot.verify.dependent import check_assumed_mean, check_design_variance
    from roundlot.verify.deviations import Deviation, Deviations, search_deviations
    from roundlot.verify.draw_layout import UnreadableDrawError
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
    from roundlot.verify.solutions import check_certificate, check_reference
    from roundlot.verify.stragglers import check_bias, check_mean_inverse, check_stragglers
    from roundlot.verify.tiny import TinyInstance, random_instance
    from roundlot.verify.training_check import check_training_variance
    from roundlot.verify.uploads import check_draws, check_uploads
    from roundlot.verify.variance import check_variance, predict_squared_error
    from roundlot.verify.verdict import Verdict, combine, share
    from roundlot.verify.weights import check_aggregate_weight, check_participation_variance
    from roundlot.verify.zero_mean import detectable_zero_mean, rounds_needed_zero_mean
