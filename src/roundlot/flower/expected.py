"""How many draws are expected: a policy's own words, and Flower's settings in these words."""

from __future__ import annotations

import logging
from dataclasses import replace

from roundlot.flower.policy import Policy
from roundlot.flower.settings import check_positive
from roundlot.theory import InvalidProblemError

LOG = logging.getLogger("flwr")


def expected_draws(policy: object, fraction_train: float | None, least: int) -> Policy:
    """The policy, with Flower's own settings of how many to draw in its words.

    Args:
        policy: a policy or None.
        fraction_train: expected draws per node, if there is no policy.
        least: ``min_train_nodes``.

    Raises:
        InvalidProblemError: neither a policy nor a fraction; both.
    """
    if policy is None:
        if fraction_train is None:
            raise InvalidProblemError(
                "there is no policy; give Policy(budget=...) or fraction_train, as to FedAvg"
            )
        check_positive("fraction_train", fraction_train, most=1.0)
        policy = Policy(fraction=fraction_train)
    elif not isinstance(policy, Policy):
        raise InvalidProblemError(f"policy is {policy!r}; give Policy(budget=...)")
    elif fraction_train is not None:
        asked = f"budget={policy.budget:g}" if policy.budget else f"fraction={policy.fraction:g}"
        raise InvalidProblemError(
            f"fraction_train is {fraction_train}, and the policy has {asked}; leave out "
            f"fraction_train, or say Policy(fraction={fraction_train})"
        )
    if least <= policy.min_draws:
        return policy
    LOG.info("min_train_nodes=%d: at least so many draws are expected, not certain", least)
    seed = None if policy.chose_seed else policy.seed
    return replace(policy, min_draws=float(least), seed=seed)
