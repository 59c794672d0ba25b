"""Any sampling scheme: from the moments of its aggregation weights to a theorem of its own.

One step (`certify_scheme`), or rounds of several local steps (`certify_rounds`). The solvers load
when something is certified.
"""

from roundlot.solvers.schemes.certificate import SchemeCertificate
from roundlot.solvers.schemes.certify import certify_scheme
from roundlot.solvers.schemes.kinds import (
    SchemeOfKinds,
    fixed_size_of_kinds,
    independent_kinds,
)
from roundlot.solvers.schemes.rounds import RoundsCertificate, certify_rounds
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
    "RoundsCertificate",
    "SamplingScheme",
    "SchemeCertificate",
    "SchemeOfKinds",
    "certify_rounds",
    "certify_scheme",
    "fixed_size",
    "fixed_size_of_kinds",
    "from_outcomes",
    "full_participation",
    "independent_clients",
    "independent_kinds",
    "independent_processors",
    "multinomial",
]
