"""What a comparison is worth whose baseline divides by probabilities that nobody drew by.

Random draws, weighed in three ways: by the probabilities of the draw, by one probability for
everybody whatever the round's availability, and by that, forgetting that a client with many
processors is drawn by each of them. The wrong ones step E H times too far; the gain of a good
method over them is partly theirs.

Run `python examples/wrong_baseline.py 10` for ten seeds (a minute or two); two without a number.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.composed import proposed
from roundlot.simulate.methods.estimator import step_of
from roundlot.simulate.methods.gvr import GradientNorm
from roundlot.simulate.methods.random import Random
from roundlot.simulate.training import Federation, Step, train_methods
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel
from roundlot.train import load_train_setup

FIRST = 300  # seed
WRONG_AND_RIGHT = 3  # differences, whose intervals are to hold together


@dataclass(frozen=True, kw_only=True)
class WrongRandom:
    """A random draw whose weights assume ``m / (V S)`` for every processor and model.

    ``forgets_processors`` divides by ``p`` where ``B p`` is meant.
    """

    name: str = "one p for all"
    forgets_processors: bool = False
    source: str = "a mistake"
    label: str = "biased: divides by probabilities that nobody drew by"

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw at random; those drawn weigh ``d/(B p)`` with the wrong ``p``."""
        lot = round_.draw(proposed(round_, RandomModel()))
        federation = round_.federation
        assumed = round_.budget / (federation.n_processors * federation.n_models)
        shares = round_.data_weights
        if not self.forgets_processors:
            shares = shares / np.asarray(federation.processors)[:, None]
        fresh = []
        for model in range(federation.n_models):
            drawn = np.bincount(lot.client[lot.picks == model], minlength=federation.n_clients)
            fresh.append(drawn * shares[:, model] / assumed)
        # Whatever it assumes, it draws by these probabilities.
        step = step_of(round_, picks=lot.picks, fresh=tuple(fresh), probabilities=lot.probabilities)
        return memory, step


def main(seeds: int) -> None:
    """Train on the default bench and print what each baseline makes of the same method."""
    setup = load_train_setup("digits")
    federation = setup.new_federation(FIRST)
    methods = {
        "gvr": GradientNorm(),
        "right weights": Random(),
        "one p for all": WrongRandom(),
        "and no B": WrongRandom(name="and no B", forgets_processors=True),
    }
    bench = train_methods(
        setup.new_federation,
        methods,
        range(FIRST, FIRST + seeds),
        rounds=setup.run.rounds,
        plan=setup.plans(federation.n_models),
        budget=setup.run.draws(federation.n_processors),
        evaluate_every=setup.run.evaluate_every,
        confidence=1.0 - 0.05 / WRONG_AND_RIGHT,
    )
    print(f"{seeds} seeds; the {WRONG_AND_RIGHT} differences hold together at 95 %")
    print(f"{'':<15}{'E H':>16}{'accuracy':>18}{'gvr is better by':>20}")
    for name, runs in bench.histories.items():
        steps = np.array([run.aggregate_weight.mean() for run in runs])
        width = f"{steps.mean():.2f}"
        gain = "" if name == "gvr" else str(bench.difference("gvr", name))
        print(f"{name:<15}{width:>16}{bench.interval(name)!s:>18}{gain:>20}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) == 2 and sys.argv[1].isdigit() else 2)
