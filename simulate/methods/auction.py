"""An auction before training: clients ask a price, a payment budget hires some, these are drawn.

Every pair of a client and a model that it can train has a private cost. Clients bid their costs,
which is what the rule's ``scope`` says is best for them. Only winners of a model can be drawn for
it; among them the draw is random and weighs ``(d/B)/p``, with ``d`` the data shares of the winners
present. So the step is unbiased for the winners' mean, and for the mean of everybody if all are
hired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.methods.composed import proposed
from roundlot.simulate.methods.estimator import Estimator, Labelled, over_probability, step_of
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.auctions import AUCTIONS, Hiring, random_order
from roundlot.solvers.rules import RandomModel
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import AUCTION_COSTS

Costs = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Auction(Labelled):
    """Training by those whom a payment budget hires.

    Attributes:
        rule: "equal split", "max-min", or "random": in random order, paid what they ask.
        payment_budget: for all models and the whole run; None: a quarter for each pair of a client
            and a model that it can train, which hires about half of them at random costs.
        costs: a row of ``S`` numbers per client; None: drawn uniformly from 0 to 1.
        seed: of the costs, and of the random order; the run's seed does not matter.

    Raises:
        InvalidProblemError: an unknown rule, a budget or a cost that is NaN, infinite or negative.
    """

    rule: str = "equal split"
    payment_budget: float | None = None
    costs: Costs | None = None
    seed: int = 0
    source: str = "Siew et al., arXiv 2404.13841; Singer, FOCS 2010"
    estimator = Estimator(never="only those hired are drawn")
    needs: ClassVar[str] = "bids"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, p_{vs}}\, G_{vs} \quad "
        r"\text{among those hired, } d \text{ the winners' shares}"
    )

    def __post_init__(self) -> None:
        require_choice(self.rule, "rule", AUCTIONS)
        check_count(self.seed, "seed", 0)
        if self.costs is not None:
            object.__setattr__(self, "costs", _rows(self.costs))
            if self.seed != 0 and self.rule != "random":
                raise InvalidProblemError(
                    f"seed is {self.seed}, but costs are given and nothing is drawn by rule "
                    f"{self.rule!r}; leave the seed out"
                )
        AUCTIONS[self.rule](self.costs or (), self._budget(0))

    @property
    def name(self) -> str:
        """With the rule."""
        return f"auction, {self.rule}"

    def hire(self, federation: Federation) -> Hiring:
        """Hold the auction.

        Raises:
            InvalidProblemError: costs for other clients or models than there are.
        """
        able = federation.available
        costs = AUCTION_COSTS.generator(self.seed).random(able.shape)
        if self.costs is not None:
            shapes = {len(row) for row in self.costs}
            if len(self.costs) != able.shape[0] or shapes != {able.shape[1]}:
                raise InvalidProblemError(
                    f"costs have {len(self.costs)} rows of {sorted(shapes)}; give one row per "
                    f"client and one number per model, {able.shape}"
                )
            costs = np.array(self.costs)
        bids = [
            [float(cost) if can else None for cost, can in zip(*pair, strict=True)]
            for pair in zip(costs, able, strict=True)
        ]
        budget = self._budget(int(able.sum()))
        if self.rule == "random":
            return random_order(bids, budget, seed=self.seed)
        return AUCTIONS[self.rule](bids, budget)

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``payment`` ``(N, S)``: what each client is paid for a model, NaN if it is not hired."""
        return {"payment": self.hire(federation).payment_table(federation.n_clients)}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw among those hired; those drawn weigh ``d / (B p)`` with the winners' shares."""
        payment = np.asarray(memory["payment"], dtype=np.float64)
        hired = ~np.isnan(payment)
        federation = round_.federation
        there = round_.present & hired
        shares = federation.data_weights(there) / np.asarray(federation.processors)[:, None]
        rows, able = shares[federation.client], there[federation.client]
        lot = round_.draw(proposed(round_, RandomModel(), able=able))
        fresh = over_probability(lot, rows)
        step = step_of(round_, picks=lot.picks, fresh=fresh, probabilities=lot.probabilities)
        figures: dict[str, float | FloatArray] = {
            "payments": np.nansum(payment, axis=0),
            "hired": hired.sum(axis=0).astype(np.float64),
        }
        return memory, replace(step, figures=figures)

    def _budget(self, pairs: int) -> float:
        return 0.25 * pairs if self.payment_budget is None else self.payment_budget


def _rows(costs: Sequence[Sequence[Any]]) -> Costs:
    """Rows of floats.

    Raises:
        InvalidProblemError: something that is no table of numbers.
    """
    try:
        return tuple(tuple(float(cost) for cost in row) for row in costs)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(
            f"costs are no table of numbers ({error}); give a row of numbers per client"
        ) from error
