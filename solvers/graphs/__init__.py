"""Graphs of workers: which links to use how often, and how to mix over them.

SciPy, cvxpy and NetworkX load on first use.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Decomposition": "solvers.graphs.matchings",
    "Embedding": "solvers.graphs.embedding",
    "FixedMixing": "solvers.graphs.weights",
    "Graph": "solvers.graphs.graph",
    "Interval": "solvers.graphs.enclosure",
    "JointContraction": "solvers.graphs.alternating",
    "LINK_METHODS": "solvers.graphs.optimising",
    "LeaderWeights": "solvers.graphs.leaders",
    "Leaders": "solvers.graphs.leaders",
    "LinkCertificate": "solvers.graphs.certificate",
    "LinkDesign": "solvers.graphs.design",
    "MIXINGS": "solvers.graphs.mixing",
    "MixingMoments": "solvers.graphs.moments",
    "MixingRate": "solvers.graphs.rate",
    "MixingWeight": "solvers.graphs.mixing",
    "ORDERS": "solvers.graphs.rate",
    "PUBLISHED": "solvers.graphs.leaders",
    "SHAPES": "solvers.graphs.shapes",
    "Turn": "solvers.graphs.alternating",
    "UPDATES": "solvers.graphs.leaders",
    "WEIGHTS": "solvers.graphs.weights",
    "as_decomposition": "solvers.graphs.optimising",
    "certify_links": "solvers.graphs.certificate",
    "conic_mixing_weight": "solvers.graphs.reference",
    "conic_probabilities": "solvers.graphs.reference",
    "connectivity": "solvers.graphs.algebraic",
    "contraction": "solvers.graphs.moments",
    "decompose": "solvers.graphs.matchings",
    "drift_of": "solvers.graphs.leader_design",
    "fixed_weights": "solvers.graphs.weights",
    "joint_contraction": "solvers.graphs.alternating",
    "largest_step": "solvers.graphs.rate",
    "leader_matrix": "solvers.graphs.leaders",
    "leader_round": "solvers.graphs.leaders",
    "leaders_of": "solvers.graphs.leaders",
    "matrix_contraction": "solvers.graphs.weights",
    "mixing_rate": "solvers.graphs.rate",
    "mixing_weight": "solvers.graphs.mixing",
    "nearest_weights": "solvers.graphs.leader_design",
    "optimise_links": "solvers.graphs.optimising",
    "scaled_weights": "solvers.graphs.leader_design",
    "shape": "solvers.graphs.shapes",
    "shape_matchings": "solvers.graphs.shapes",
    "stationary_weights": "solvers.graphs.leaders",
    "weights_for_any_losses": "solvers.graphs.leader_design",
    "worst_leader_drift": "solvers.graphs.leader_design",
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
    "FixedMixing",
    "Graph",
    "Interval",
    "JointContraction",
    "LeaderWeights",
    "Leaders",
    "LinkCertificate",
    "LinkDesign",
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

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.graphs.algebraic import connectivity
    from roundlot.solvers.graphs.alternating import JointContraction, Turn, joint_contraction
    from roundlot.solvers.graphs.certificate import LinkCertificate, certify_links
    from roundlot.solvers.graphs.design import LinkDesign
    from roundlot.solvers.graphs.embedding import Embedding
    from roundlot.solvers.graphs.enclosure import Interval
    from roundlot.solvers.graphs.graph import Graph
    from roundlot.solvers.graphs.leader_design import (
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
    from roundlot.solvers.graphs.mixing import MIXINGS, MixingWeight, mixing_weight
    from roundlot.solvers.graphs.moments import MixingMoments, contraction
    from roundlot.solvers.graphs.optimising import LINK_METHODS, as_decomposition, optimise_links
    from roundlot.solvers.graphs.rate import ORDERS, MixingRate, largest_step, mixing_rate
    from roundlot.solvers.graphs.reference import conic_mixing_weight, conic_probabilities
    from roundlot.solvers.graphs.shapes import SHAPES, shape, shape_matchings
    from roundlot.solvers.graphs.weights import (
        WEIGHTS,
        FixedMixing,
        fixed_weights,
        matrix_contraction,
    )
