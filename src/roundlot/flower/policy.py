"""Whom to ask in a round, with which probability: no framework needed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any, Literal, get_args

import numpy as np

from roundlot.flower.eligible import Eligibility, NobodyError, NodeFacts, Priorities, priority
from roundlot.flower.memory import Memory
from roundlot.flower.rounds import Draw
from roundlot.flower.settings import check_positive, is_number
from roundlot.simulate.designs import DESIGNS, design_of
from roundlot.solvers.rules import (
    DataSize,
    Information,
    LeastVariance,
    RandomModel,
    RoundRobin,
    Rule,
    Uniform,
    WholeTurns,
    gather,
)
from roundlot.solvers.rules.least_variance import Sizes, filled
from roundlot.solvers.rules.turns import in_turn
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.names import require_choice

#: Rules that need nothing but data sizes.
PLAIN: Mapping[str, Rule] = {
    "random": RandomModel(),
    "uniform": Uniform(),
    "round-robin": RoundRobin(),
    "turns": WholeTurns(),
    "data-size": DataSize(),
}
#: Rules of least variance, by what stands for the norms of the updates.
REMEMBERED: Mapping[str, Sizes] = {"lvr": "losses", "norm": "last_norms", "stale": "residuals"}
RULES = (*PLAIN, *REMEMBERED)
NormUnit = Literal["per rate", "raw"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Policy:
    """How to draw: the rule for the probabilities, the design, the budget, the seed.

    Attributes:
        budget: draws expected in a round, or
        fraction: draws expected per node that is there, at most 1; give one of the two.
        rule: one of ``RULES``, or a rule of `roundlot.solvers.rules` that draws
            independently. "lvr", "norm" and "stale" give the probabilities of least variance for
            the last replies: losses, norms of updates, norms of what old updates do not explain.
            "round-robin" is the papers': nodes fall into as many blocks as models, in round ``t``
            block ``b`` trains model ``(b + t) mod S``. "turns" give a round to one model, at
            random.
        design: one of `roundlot.simulate.DESIGNS`; by default "independent", and "turns" for the
            rule of that name, which no other draws.
        norms: what norms of updates are scores by: "per rate", each over its learning rate, so that
            a larger rate does not draw the budget to its model, as the papers' code; or "raw". Of
            one model a rate that nobody tells counts as constant: then nothing changes by it.
        floor: in ``(0, 1]``: what counts as less than this share of a model's mean counts as that
            share. Whoever never replied counts as the mean. So everybody can be drawn.
        seed: the draw of a round is a function of (seed, round) and of who is there; None takes
            a new one from the operating system, and the attribute then says which.
        eligible: who may be drawn: an `Eligible`, or a function of `NodeFacts`; the others are not
            part of the round's mean. None for everybody.
        priorities: factors above 0 for the scores, by key or by "tag:" and a tag, or a function of
            `NodeFacts`. Who is drawn more often weighs less when drawn: the mean step is the same.
            Rules of least variance only.
        min_draws: expect at least so many draws, or everybody if there are fewer.
        limits: further arguments of `roundlot.Problem` that hold for any number of nodes, such as
            ``{"model_weights": [1, 2]}``.

    Raises:
        InvalidProblemError: a value out of its range; an unknown rule.
    """

    budget: float | None = None
    fraction: float | None = None
    rule: str | Rule = "norm"
    design: str | None = None
    norms: NormUnit = "per rate"
    floor: float = 0.1
    seed: int | None = None
    eligible: Eligibility | None = None
    priorities: Priorities | None = None
    min_draws: float = 0.0
    limits: Mapping[str, Any] = field(default_factory=dict)
    chose_seed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        if (self.budget is None) == (self.fraction is None):
            raise InvalidProblemError(
                f"budget is {self.budget}, fraction is {self.fraction}; give one of the two"
            )
        if self.budget is not None:
            check_positive("budget", self.budget)
        if self.fraction is not None:
            check_positive("fraction", self.fraction, most=1.0)
        if not (is_number(self.floor) and 0.0 < self.floor <= 1.0):
            raise InvalidProblemError(
                f"floor is {self.floor!r}; it must be above 0, at most 1: with 0 a node whose "
                "score is 0 is never drawn, and the step is biased"
            )
        if not (is_number(self.min_draws) and self.min_draws >= 0.0):
            raise InvalidProblemError(f"min_draws is {self.min_draws!r}; it must be finite, >= 0")
        _check_rule(self.rule)
        object.__setattr__(self, "design", _design_for(self._made(), self.design))
        if str(self.norms) == "per local time":
            raise InvalidProblemError(
                "norms is 'per local time', which divides by the steps of a client times its rate; "
                "replies of Flower do not tell steps: give 'per rate' or 'raw'"
            )
        require_choice(self.norms, "norms", get_args(NormUnit))
        if self.norms == "raw" and not self.uses_norms:
            raise InvalidProblemError(
                f"rule {self.rule!r} uses no norms of updates; leave norms='raw' out"
            )
        _check_limits(self.limits)
        if self.priorities is not None and not isinstance(self._made(), LeastVariance):
            raise InvalidProblemError(
                f"rule {self.rule!r} has no scores that priorities could change; choose one of "
                f"{', '.join(map(repr, REMEMBERED))}"
            )
        _check_nodes(self.eligible, self.priorities)
        if self.seed is None:
            object.__setattr__(self, "chose_seed", True)
            object.__setattr__(self, "seed", secrets.randbits(63))
        if isinstance(self.seed, bool) or not isinstance(self.seed, int | np.integer):
            raise InvalidProblemError(f"seed is {self.seed!r}; give a whole number, or None")

    def with_seed(self, seed: int) -> Policy:
        """The same policy with this seed."""
        return replace(self, seed=seed)

    @property
    def keeps_updates(self) -> bool:
        """Whether the aggregate uses old updates."""
        return self.rule == "stale"

    @property
    def uses_norms(self) -> bool:
        """Whether scores come from norms of updates."""
        return bool({"last_norms", "residuals"} & set(self._made().requires))

    def check_norms(self, memory: Memory) -> None:
        """Refuse to compare models by norms that are not of the kind that is asked for.

        Raises:
            InvalidProblemError: norms of several models as they are, where they are to be per unit
                of the learning rate.
        """
        wanted = self.uses_norms and self.norms == "per rate" and memory.n_models > 1
        if wanted and memory.per_rate is False:
            raise InvalidProblemError(
                "norms of several models are remembered as they are, and larger rates would draw "
                "the budget: tell the learning rate of each reply (Memory.hear(..., rate=0.1)) "
                "from the start, or say Policy(norms='raw')"
            )

    @property
    def needs_losses(self) -> bool:
        """Whether replies must tell a loss."""
        return "losses" in self._made().requires

    def problem(self, shares: FloatArray, scores: FloatArray) -> Problem:
        """The sampling problem of a round, ``(V, S)``; a pair without data is not available."""
        budget = self.budget if self.budget is not None else (self.fraction or 0.0) * len(shares)
        budget = max(budget, self.min_draws)
        settings: dict[str, Any] = {
            "available": shares > 0.0,
            "weights": shares,
            "allow_unreachable": True,  # in one round nobody may be connected
            **self.limits,
        }
        return Problem(scores, budget=min(budget, float(len(shares))), **settings)

    def probabilities(
        self,
        shares: FloatArray,
        rows: IntArray,
        memory: Memory,
        facts: Sequence[NodeFacts] | None = None,
    ) -> FloatArray:
        """``(V, S)``, above 0 wherever there is data.

        Args:
            shares: ``(V, S)``, ``d``.
            rows: ``(V,)``, where the memory keeps the nodes.
            memory: of earlier replies.
            facts: ``(V,)``, of every node; for priorities.
        """
        problem, rule = self.problem(shares, shares), self._made()
        losses, norms = memory.losses[rows], memory.norms[rows]
        if isinstance(rule, LeastVariance):
            known = Information(
                weights=shares * self._factors(facts),
                losses=losses,
                last_norms=norms,
                residuals=memory.residuals[rows],
            )
        else:
            known = gather(
                problem, losses=filled(losses, shares > 0.0, self.floor), last_norms=norms
            )
        return rule.propose(problem, known)

    def _made(self) -> Rule:
        if not isinstance(self.rule, str):
            return self.rule
        if self.rule in PLAIN:
            return PLAIN[self.rule]
        return LeastVariance(sizes=REMEMBERED[self.rule], floor=self.floor, unheard_models=True)

    def allows(self, facts: NodeFacts) -> bool:
        """Whether this node may be drawn."""
        return self.eligible is None or bool(self.eligible(facts))

    def _factors(self, facts: Sequence[NodeFacts] | None) -> FloatArray:
        """``(V, 1)`` or scalar 1."""
        if self.priorities is None:
            return np.ones((1, 1))
        if facts is None:
            raise InvalidProblemError("priorities need the facts of every node; pass facts=")
        return np.array([[priority(self.priorities, one)] for one in facts])

    def draw(
        self,
        round_: int,
        *,
        rows: IntArray,
        samples: FloatArray,
        memory: Memory,
        facts: Sequence[NodeFacts] | None = None,
    ) -> Draw:
        """The draw of a round among the nodes that are there.

        Args:
            round_: its number, from 0 or 1, as you like.
            rows: ``(V,)``, where the memory keeps the nodes.
            samples: ``(V, S)``, what they hold for each model, 0 where they cannot train it.
            memory: of earlier replies.
            facts: ``(V,)``, of every node; for priorities.

        Raises:
            NobodyError: nobody there holds a sample.
            InvalidProblemError: a design for fewer nodes.
            InfeasibleError: limits that no probabilities satisfy.
        """
        shares = data_shares(samples)
        if not shares.any():
            raise NobodyError(
                f"round {round_}: none of the {len(rows)} nodes holds a sample; wait for others"
            )
        memory.grow(int(rows.max()) + 1)
        self.check_norms(memory)
        table = self.probabilities(shares, rows, memory, facts)
        now = self._in_turn(table, shares, round_)
        rule = design_of(now, str(self.design))
        picks = rule.draw(1, seed=int(self.seed or 0), start=round_)[0].astype(np.int64)
        over_turns = None if now is table else table
        return Draw(
            round=round_, rows=rows, shares=shares, rule=rule, picks=picks, over_turns=over_turns
        )

    def _in_turn(self, table: FloatArray, shares: FloatArray, round_: int) -> FloatArray:
        """``(V, S)``: of blocks, ``q = S p`` of the pairs whose turn it is; else the table."""
        rule, models = self._made(), table.shape[1]
        block = rule.groups(self.problem(shares, shares), Information())
        if rule.design != "blocks" or block is None or models == 1:
            return table
        mine = in_turn(block, round_, models)[:, None] == np.arange(models)
        return np.where(mine, np.minimum(models * table, 1.0), 0.0)


def data_shares(samples: FloatArray) -> FloatArray:
    """``(V, S)``, ``d``: samples over the samples of all who are there, model by model."""
    with np.errstate(over="ignore"):
        totals = samples.sum(axis=0)
    if not np.all(np.isfinite(totals)):  # each is finite, their sum is beyond float64
        return data_shares(samples / samples.max())
    return np.asarray(samples / np.where(totals > 0.0, totals, 1.0))


#: What a policy says itself, or knows only in the round.
_OWN = ("scores", "budget", "names", "clients", "models")
_LIMITS = [name for name in signature(Problem).parameters if name not in _OWN]


def _check_limits(limits: object) -> None:
    if not isinstance(limits, Mapping):
        raise InvalidProblemError(f'limits are {limits!r:.60}; give {{"model_weights": [1, 2]}}')
    for name in limits:
        if name in _OWN:
            raise InvalidProblemError(f"limits have {name!r}, which the policy sets; leave it out")
        require_choice(name, "limit", _LIMITS)


def _check_nodes(eligible: object, priorities: object) -> None:
    if eligible is not None and not callable(eligible):
        raise InvalidProblemError(
            f"eligible is {eligible!r}; give Eligible(tags=[...]) or a function of NodeFacts"
        )
    if priorities is not None and not (callable(priorities) or isinstance(priorities, Mapping)):
        raise InvalidProblemError(
            f"priorities are {priorities!r}; give factors by client-key or 'tag:...', or a function"
        )


def _design_for(rule: Rule, wanted: str | None) -> str:
    """The design that a rule is drawn by.

    Raises:
        InvalidProblemError: an unknown design, or one that does not draw as the rule means.
    """
    if wanted is None:
        return "turns" if rule.design == "turns" else "independent"
    require_choice(wanted, "design", [kind.name for kind in DESIGNS])
    if rule.design == "turns" and wanted != "turns":
        raise InvalidProblemError(
            f"rule {rule.name!r} is drawn by the design 'turns', not {wanted!r}; leave design out"
        )
    if rule.design == "blocks" and wanted == "turns":
        raise InvalidProblemError(
            f"rule {rule.name!r} lets every model move in a round, and the design 'turns' one; "
            "leave design out, or choose rule 'turns'"
        )
    if rule.design == "blocks" and wanted == "blocks":
        raise InvalidProblemError(
            f"rule {rule.name!r} lets blocks go round by the number of the round, and the design "
            "'blocks' by a phase that is drawn; leave design out"
        )
    return wanted


def _check_rule(rule: object) -> None:
    if isinstance(rule, Rule):
        able = {"weights", "losses", "last_norms", "scores"}
        if getattr(rule, "floor", 1.0) == 0.0:
            raise InvalidProblemError(
                f"the approximation {rule.name!r} has floor 0: a node whose score is 0 would never "
                "be drawn, and the step would be biased; give it a floor above 0"
            )
        if rule.design not in ("independent", "turns", "blocks") or not set(rule.requires) <= able:
            raise InvalidProblemError(
                f"the approximation {rule.name!r} cannot be drawn here: it needs {rule.needs} and "
                f"draws by {rule.design}; choose one that draws independently"
            )
    else:
        require_choice(rule, "rule", RULES, also="give an approximation of roundlot.solvers.rules")
