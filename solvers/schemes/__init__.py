"""Any sampling scheme: from the moments of its aggregation weights to a theorem of its own.

cvxpy loads when a scheme is certified.
"""

from roundlot.solvers.schemes.certificate import SchemeCertificate
from roundlot.solvers.schemes.certify import certify_scheme
from roundlot.solvers.schemes.scheme import (
    SamplingScheme,
    fixed_size,
    from_outcomes,
    full_participation,
    independent_clients,
    independent_processors,
    multinomial,
)

__all__ = [
    "SamplingScheme",
    "SchemeCertificate",
    "certify_scheme",
    "fixed_size",
    "from_outcomes",
    "full_participation",
    "independent_clients",
    "independent_processors",
    "multinomial",
]
