"""pfl's own data, backend and aggregation with cohorts drawn by a policy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from roundlot.flower import Cohorts, Policy
from roundlot.theory import InvalidProblemError

SAMPLES = {"ann": 5, "bob": 20, "cy": 1, "dee": 8, "eve": 9}
VALUES = {user: np.array([index, 1.0]) for index, user in enumerate(SAMPLES)}


def test_cohorts_have_their_size_and_mean_weights_are_shares() -> None:
    cohorts = Cohorts(Policy(budget=2, rule="random", design="pivotal"), SAMPLES)
    total = np.zeros(5)
    for _ in range(4000):
        pair = [cohorts(), cohorts()]
        assert pair[0] != pair[1]
        for user in pair:
            total[list(SAMPLES).index(user)] += cohorts.weight(user) / 2
    shares = np.array(list(SAMPLES.values())) / 43
    np.testing.assert_allclose(total / 4000 / shares, 1.0, atol=0.1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"budget": 1.5, "design": "pivotal"}, "a whole number up to 5"),
        ({"budget": 6, "design": "pivotal"}, "a whole number up to 5"),
        ({"fraction": 0.5, "design": "pivotal"}, "give the cohort's size"),
        ({"budget": 2}, "choose 'pivotal'"),
        ({"budget": 2, "design": "pivotal", "rule": "stale"}, "not for cohorts"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        Cohorts(Policy(**settings), SAMPLES)


def test_pfl_averages_to_the_weighted_sum() -> None:
    pytest.importorskip("pfl", reason="pfl is not among the dependencies")
    from pfl.aggregate.simulate import SimulatedBackend
    from pfl.common_types import Population
    from pfl.context import CentralContext
    from pfl.data.dataset import Dataset
    from pfl.data.federated_dataset import FederatedDataset
    from pfl.internal.ops import numpy_ops
    from pfl.internal.ops.selector import set_framework_module
    from pfl.metrics import Metrics
    from pfl.stats import MappedVectorStatistics

    class Algorithm:
        def simulate_one_user(self, model: Any, dataset: Any, context: Any) -> Any:
            moved = {"w": 3.0 * VALUES[dataset.user_id]}
            return MappedVectorStatistics(moved, weight=3.0), Metrics()

    set_framework_module(numpy_ops)
    cohorts = Cohorts(Policy(budget=2, rule="norm", design="pivotal"), SAMPLES)
    data = FederatedDataset(lambda user: Dataset([np.zeros(1)], user_id=user), cohorts)
    backend = SimulatedBackend(
        training_data=data, val_data=None, postprocessors=[cohorts.weighting()]
    )
    mean, rounds = np.zeros(2), 2000
    for index in range(rounds):
        context = CentralContext(
            current_central_iteration=index,
            do_evaluation=False,
            cohort_size=cohorts.size,
            population=Population.TRAIN,
            algorithm_params=None,
            model_train_params=None,
            model_eval_params=None,
        )
        model = type("Model", (), {})()
        stats, _ = backend.gather_results(model, Algorithm(), central_context=context)
        stats.average()
        mean += stats["w"] / rounds
    assert not np.isnan(cohorts.memory.norms).any()
    shares = np.array(list(SAMPLES.values())) / 43
    np.testing.assert_allclose(mean, shares @ np.stack(list(VALUES.values())), atol=0.05)


def cohorts_of(count: int, cohorts: Cohorts) -> list[set[Any]]:
    return [{cohorts() for _ in range(cohorts.size)} for _ in range(count)]


def test_a_run_that_goes_on_draws_other_cohorts() -> None:
    policy = Policy(budget=2, rule="random", design="pivotal", seed=5)
    whole = cohorts_of(12, Cohorts(policy, SAMPLES, first_round=1))
    before = Cohorts(policy, SAMPLES, first_round=1)
    first = cohorts_of(6, before)
    assert before.rounds == 6
    after = Cohorts(policy, SAMPLES, first_round=before.rounds + 1)
    assert first + cohorts_of(6, after) == whole
    assert whole[:6] != whole[6:]
    assert after.label == "unbiased"


def test_an_own_seed_without_a_first_round_is_conditional() -> None:
    own = Policy(budget=2, rule="random", design="pivotal", seed=5)
    assert Cohorts(own, SAMPLES).label.startswith("conditional: unbiased if no earlier run")
    assert "first_round" in Cohorts(own, SAMPLES).label
    chosen = Policy(budget=2, rule="random", design="pivotal")
    assert Cohorts(chosen, SAMPLES).label == "unbiased"
    with pytest.raises(InvalidProblemError, match="first_round is 0"):
        Cohorts(own, SAMPLES, first_round=0)
