"""Whether theory, solvers and simulation agree: exact checks, and tests with stated error rates."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "check_mean_inverse": "verify.agreement.stragglers",
    "check_bias": "verify.agreement.stragglers",
    "check_stragglers": "verify.agreement.stragglers",
    "Verdict": "verify.tests.verdict",
    "combine": "verify.tests.verdict",
    "share": "verify.tests.verdict",
    "EProcess": "verify.tests.e_process",
    "detectable": "verify.tests.power",
    "rounds_needed": "verify.tests.power",
    "check_mean": "verify.tests.mean",
    "check_variance": "verify.agreement.variance",
    "check_variance_at_most": "verify.tests.mean",
    "check_assumed_mean": "verify.agreement.variance",
    "check_design_variance": "verify.agreement.variance",
    "check_training_variance": "verify.agreement.training",
    "check_contraction": "verify.agreement.workers",
    "check_gradient_bound": "verify.agreement.workers",
    "check_mixing_draws": "verify.agreement.workers",
    "check_mixing_enumeration": "verify.agreement.workers",
    "check_worker_moments": "verify.agreement.workers",
    "detectable_large": "verify.tests.power",
    "rounds_needed_large": "verify.tests.power",
    "predict_squared_error": "verify.agreement.variance",
    "check_aggregate_weight": "verify.agreement.weights",
    "check_participation_variance": "verify.agreement.weights",
    "check_inclusion": "verify.agreement.draws",
    "detectable_inclusion": "verify.agreement.draws",
    "rounds_needed_inclusion": "verify.agreement.draws",
    "check_draws": "verify.agreement.draws",
    "check_uploads": "verify.agreement.draws",
    "check_enumeration": "verify.agreement.enumeration",
    "TinyInstance": "verify.agreement.tiny",
    "random_instance": "verify.agreement.tiny",
    "check_certificate": "verify.agreement.solutions",
    "check_reference": "verify.agreement.solutions",
    "Audit": "verify.audits.record",
    "AuditFacts": "verify.audits.record",
    "UnreadableDrawError": "verify.audits.draws",
    "audit": "verify.audits.auditing",
    "clopper_pearson": "verify.tests.bernoulli",
    "detectable_sequential": "verify.tests.bernoulli",
    "rounds_needed_sequential": "verify.tests.bernoulli",
    "detectable_zero_mean": "verify.tests.means",
    "rounds_needed_zero_mean": "verify.tests.means",
    "assert_audit": "verify.audits.auditing",
    "assert_inclusion": "verify.audits.auditing",
    "assert_unbiased": "verify.audits.auditing",
    "assert_within_budget": "verify.audits.auditing",
    "Deviation": "verify.agreement.deviations",
    "Deviations": "verify.agreement.deviations",
    "search_deviations": "verify.agreement.deviations",
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
    from roundlot.verify.agreement.deviations import Deviation, Deviations, search_deviations
    from roundlot.verify.agreement.draws import (
        check_draws,
        check_inclusion,
        check_uploads,
        detectable_inclusion,
        rounds_needed_inclusion,
    )
    from roundlot.verify.agreement.enumeration import check_enumeration
    from roundlot.verify.agreement.solutions import check_certificate, check_reference
    from roundlot.verify.agreement.stragglers import (
        check_bias,
        check_mean_inverse,
        check_stragglers,
    )
    from roundlot.verify.agreement.tiny import TinyInstance, random_instance
    from roundlot.verify.agreement.training import check_training_variance
    from roundlot.verify.agreement.variance import (
        check_assumed_mean,
        check_design_variance,
        check_variance,
        predict_squared_error,
    )
    from roundlot.verify.agreement.weights import (
        check_aggregate_weight,
        check_participation_variance,
    )
    from roundlot.verify.agreement.workers import (
        check_contraction,
        check_gradient_bound,
        check_mixing_draws,
        check_mixing_enumeration,
        check_worker_moments,
    )
    from roundlot.verify.audits.auditing import (
        assert_audit,
        assert_inclusion,
        assert_unbiased,
        assert_within_budget,
        audit,
    )
    from roundlot.verify.audits.draws import UnreadableDrawError
    from roundlot.verify.audits.record import Audit, AuditFacts
    from roundlot.verify.tests.bernoulli import (
        clopper_pearson,
        detectable_sequential,
        rounds_needed_sequential,
    )
    from roundlot.verify.tests.e_process import EProcess
    from roundlot.verify.tests.mean import check_mean, check_variance_at_most
    from roundlot.verify.tests.means import detectable_zero_mean, rounds_needed_zero_mean
    from roundlot.verify.tests.power import (
        detectable,
        detectable_large,
        rounds_needed,
        rounds_needed_large,
    )
    from roundlot.verify.tests.verdict import Verdict, combine, share
