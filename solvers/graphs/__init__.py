"""Graphs of workers: which links to use how often, and how to mix over them.

SciPy, cvxpy and NetworkX load on first use.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Decomposition": "solvers.graphs.matchings",
    "Embedding": "solvers.graphs.certificate",
    "FixedMixing": "solvers.graphs.mixing_matrices",
    "Graph": "solvers.graphs.graph",
    "Enclosure": "solvers.graphs.enclosure",
    "JointContraction": "solvers.graphs.spectra",
    "LINK_METHODS": "solvers.graphs.schedule",
    "LeaderWeights": "solvers.graphs.leaders",
    "Leaders": "solvers.graphs.leaders",
    "LinkCertificate": "solvers.graphs.certificate",
    "LinkSchedule": "solvers.graphs.schedule",
    "MIXINGS": "solvers.graphs.mixing_weights",
    "MixingMoments": "solvers.graphs.spectra",
    "MixingRate": "solvers.graphs.rate",
    "MixingWeight": "solvers.graphs.mixing_weights",
    "ORDERS": "solvers.graphs.rate",
    "PUBLISHED": "solvers.graphs.leaders",
    "SHAPES": "solvers.graphs.shapes",
    "Turn": "solvers.graphs.spectra",
    "UPDATES": "solvers.graphs.leaders",
    "WEIGHTS": "solvers.graphs.mixing_matrices",
    "as_decomposition": "solvers.graphs.schedule",
    "certify_links": "solvers.graphs.certificate",
    "conic_mixing_weight": "solvers.graphs.conic",
    "conic_probabilities": "solvers.graphs.conic",
    "connectivity": "solvers.graphs.spectra",
    "contraction": "solvers.graphs.spectra",
    "decompose": "solvers.graphs.matchings",
    "drift_of": "solvers.graphs.leader_drift",
    "fixed_weights": "solvers.graphs.mixing_matrices",
    "gradient_bound": "solvers.graphs.rate",
    "joint_contraction": "solvers.graphs.spectra",
    "largest_step": "solvers.graphs.rate",
    "leader_matrix": "solvers.graphs.leaders",
    "leader_round": "solvers.graphs.leaders",
    "leaders_of": "solvers.graphs.leaders",
    "matrix_contraction": "solvers.graphs.mixing_matrices",
    "mixing_rate": "solvers.graphs.rate",
    "mixing_weight": "solvers.graphs.mixing_weights",
    "nearest_weights": "solvers.graphs.leader_drift",
    "optimise_links": "solvers.graphs.schedule",
    "scaled_weights": "solvers.graphs.leader_drift",
    "shape": "solvers.graphs.shapes",
    "shape_matchings": "solvers.graphs.shapes",
    "stationary_weights": "solvers.graphs.leaders",
    "weights_for_any_losses": "solvers.graphs.leader_drift",
    "worst_leader_drift": "solvers.graphs.leader_drift",
}
__all__ = [
    "LINK_METHODS",
    "MIXINGS",
    "ORDERS",
    "PUBLISHED",
    "SHAPES",
    "UPDATES",
    "WEIGHTS",
    "Decomposition",
    "Embedding",
    "Enclosure",
    "FixedMixing",
    "Graph",
    "JointContraction",
    "LeaderWeights",
    "Leaders",
    "LinkCertificate",
    "LinkSchedule",
    "MixingMoments",
    "MixingRate",
    "MixingWeight",
    "Turn",
    "as_decomposition",
    "certify_links",
    "conic_mixing_weight",
    "conic_probabilities",
    "connectivity",
    "contraction",
    "decompose",
    "drift_of",
    "fixed_weights",
    "gradient_bound",
    "joint_contraction",
    "largest_step",
    "leader_matrix",
    "leader_round",
    "leaders_of",
    "matrix_contraction",
    "mixing_rate",
    "mixing_weight",
    "nearest_weights",
    "optimise_links",
    "scaled_weights",
    "shape",
    "shape_matchings",
    "stationary_weights",
    "weights_for_any_losses",
    "worst_leader_drift",
]

#: Names of the release before.
_RENAMED = {"Interval": "Enclosure", "LinkDesign": "LinkSchedule"}

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__, _RENAMED)

if TYPE_CHECKING:
    from roundlot.solvers.graphs.certificate import Embedding, LinkCertificate, certify_links
    from roundlot.solvers.graphs.conic import conic_mixing_weight, conic_probabilities
    from roundlot.solvers.graphs.enclosure import Enclosure
    from roundlot.solvers.graphs.graph import Graph
    from roundlot.solvers.graphs.leader_drift import (
        drift_of,
        nearest_weights,
        scaled_weights,
        weights_for_any_losses,
        worst_leader_drift,
    )
    from roundlot.solvers.graphs.leaders import (
        PUBLISHED,
        UPDATES,
        Leaders,
        LeaderWeights,
        leader_matrix,
        leader_round,
        leaders_of,
        stationary_weights,
    )
    from roundlot.solvers.graphs.matchings import Decomposition, decompose
    from roundlot.solvers.graphs.mixing_matrices import (
        WEIGHTS,
        FixedMixing,
        fixed_weights,
        matrix_contraction,
    )
    from roundlot.solvers.graphs.mixing_weights import MIXINGS, MixingWeight, mixing_weight
    from roundlot.solvers.graphs.rate import (
        ORDERS,
        MixingRate,
        gradient_bound,
        largest_step,
        mixing_rate,
    )
    from roundlot.solvers.graphs.schedule import (
        LINK_METHODS,
        LinkSchedule,
        as_decomposition,
        optimise_links,
    )
    from roundlot.solvers.graphs.shapes import SHAPES, shape, shape_matchings
    from roundlot.solvers.graphs.spectra import (
        JointContraction,
        MixingMoments,
        Turn,
        connectivity,
        contraction,
        joint_contraction,
    )
