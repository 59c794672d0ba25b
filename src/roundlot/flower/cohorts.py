"""The same policy for pfl-research's cohorts: a user sampler, and the weights that go with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from roundlot.flower.claims import unreachable
from roundlot.flower.count import RoundCount
from roundlot.flower.lost import joined
from roundlot.flower.memory import Memory
from roundlot.flower.policy import Policy
from roundlot.flower.rounds import Draw
from roundlot.theory import InvalidProblemError


class Cohorts:
    """A ``user_sampler`` for pfl's ``FederatedDataset``; calling it gives the next user of a draw.

    pfl averages over a cohort of a fixed size, so the design must fix how many it draws. With
    ``weighting()`` among the backend's postprocessors, the average is ``Σ (d/p) update``, which is
    ``Σ d update`` of all users on average over draws. One model, one process.

    Args:
        policy: rule, design and seed; its budget is a whole number, the cohort's size.
        samples: how many samples every user holds.
        first_round: the number of the first draw, 1 for a new run. A draw is a function of
            (seed, round), so a run that goes on must count on, with ``rounds + 1`` of the last.

    Raises:
        InvalidProblemError: a budget that is not whole, more than there are users, or not given;
            a design that does not fix its total; a rule that needs losses or old updates; a
            ``first_round`` below 1.
    """

    def __init__(
        self, policy: Policy, samples: Mapping[Hashable, float], *, first_round: int | None = None
    ) -> None:
        if policy.budget is None or policy.budget % 1 or policy.budget > len(samples):
            raise InvalidProblemError(
                f"budget is {policy.budget}; give the cohort's size, a whole number up to "
                f"{len(samples)}"
            )
        if policy.needs_losses or policy.keeps_updates:
            raise InvalidProblemError(f"rule {policy.rule!r} is not for cohorts; choose 'norm'")
        self.policy, self.users = policy, tuple(samples)
        self.size = int(policy.budget)
        self.memory, self._count = Memory(n_models=1), RoundCount()
        if first_round is not None:
            self._count.begin(first_round)
        self._asked = 0
        self._samples = np.array([[samples[user]] for user in self.users], dtype=np.float64)
        self._row = {user: row for row, user in enumerate(self.users)}
        self._waiting: deque[int] = deque()
        self._draw = self._next()
        if not self._draw.rule.guarantees.fixed_total:
            raise InvalidProblemError(
                f"design {policy.design!r} does not fix how many it draws; choose 'pivotal'"
            )

    def __call__(self) -> Hashable:
        """The next user; a new draw when all of the last one have been handed out."""
        if not self._waiting:
            self._draw = self._next()
        return self.users[self._waiting.popleft()]

    @property
    def rounds(self) -> int:
        """The number of the last draw, over all starts."""
        return self._count.last

    @property
    def label(self) -> str:
        """Whether the last draw is unbiased; conditional where nobody said how the run began."""
        chosen = self.policy.chose_seed
        return joined(
            *self._count.unvouched(int(self.policy.seed or 0), chosen=chosen),
            *unreachable(self._draw, [str(user) for user in self.users]),
        )

    def weight(self, user: Hashable) -> float:
        """``size · d / p``: the factor of a user's update in an average over the cohort."""
        return self.size * self._draw.weight(self._row[user])

    def weighting(self) -> Any:
        """A postprocessor of pfl's that multiplies every update by its weight, and hears its norm.

        Raises:
            ImportError: pfl is missing.
        """
        from pfl.aggregate.weighting import WeightingStrategy
        from pfl.metrics import Metrics

        cohorts = self

        class InverseProbability(WeightingStrategy):  # type: ignore[misc]
            def postprocess_one_user(self, *, stats: Any, user_context: Any) -> tuple[Any, Any]:
                user = user_context.user_id
                stats.reweight(1)  # the plain update
                parts = [_on_cpu(part).reshape(-1) for part in stats.get_weights()[1]]
                cohorts.memory.hear(cohorts._row[user], 0, np.concatenate(parts), keep=False)
                stats.reweight(cohorts.weight(user))
                stats.weight = 1  # so that pfl's average divides by the cohort's size
                return stats, Metrics()

        return InverseProbability()

    def _next(self) -> Draw:
        self._asked += 1
        draw = self.policy.draw(
            self._count.next(self._asked),
            rows=np.arange(len(self.users)),
            samples=self._samples,
            memory=self.memory,
        )
        self._waiting.extend(int(at) for at in draw.drawn)
        return draw


def _on_cpu(part: Any) -> Any:
    """A tensor of torch's, wherever it is, or an array of NumPy's."""
    return np.asarray(part.detach().cpu() if hasattr(part, "detach") else part)
