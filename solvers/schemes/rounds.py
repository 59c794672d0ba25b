"""Certified rounds of federated averaging: solve each, round to fractions, check, chain."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.files import write_bytes
from roundlot.solvers.schemes.kinds import SchemeOfKinds, by_kinds, coupling_of
from roundlot.solvers.schemes.round_program import Goal, UnboundedError, solve_round
from roundlot.solvers.schemes.round_refusal import advice, fragile, unbounded_line
from roundlot.solvers.schemes.scheme import (
    MOST,
    Row,
    SamplingScheme,
    briefly,
    fraction,
    fractions,
    listed,
    whole,
)
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certified_rounds import GOALS, Coupling, RoundsClaim, Setting, document_of
from roundlot.theory.certified_rounds.chain import at, least_work
from roundlot.theory.certified_rounds.document import DIGITS, LOCAL_STEPS, ROUNDS, fits
from roundlot.theory.certified_rounds.proof import RoundProof
from roundlot.theory.certified_rounds.work import MOST as MOST_WORK
from roundlot.theory.certified_rounds.work import TooMuchWorkError, limited, spend
from roundlot.theory.errors import (
    AssumptionError,
    ConvergenceError,
    InfeasibleError,
    InvalidProblemError,
)
from roundlot.theory.json_text import dumps
from roundlot.theory.missing_numbers import names_missing
from roundlot.theory.proofs.theorem import ProofCheck

# How far every block is kept from losing its sign: the least that survives rounding is taken.
_MARGINS = (1e-9, 1e-8, 1e-7, 1e-6)
_NEAR = (
    0.1  # a round that starts within this of an earlier one takes its proof over; costs some 1e-6
)
_SHIFTS = (1.0, 1.05, 0.95)  # of the distance at which a round is best, if the solver fails there
# Heterogeneity beside the start: with next to none its multiplier has no size, which the solver
# does not survive. The bound holds with any; the first costs it some 1e-5, the last up to 1e-2.
_SHARES = (1e-6, 1e-5, 1e-4, 1e-3)
_BITS = 64  # of the numbers of the chain, rounded to the safe side
_FINEST = 6000  # bits after the point, so that no denominator outgrows a file


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundsCertificate:
    """A bound after a number of rounds, proved for every fleet with the constants given.

    Attributes:
        claim: the setting, the proofs of rounds and their chain, all in fractions.
        name: of the sampling scheme.
    """

    claim: RoundsClaim
    name: str

    @property
    def bound(self) -> float:
        """On ``E‖x_T − x*‖²``, ``E F(x̄) − F*`` or the least ``E‖∇F(x_t)‖²``; rounded up."""
        return nearest(self.claim.bound, up=True)

    @cached_property
    def bounds(self) -> FloatArray:
        """``(rounds + 1,)``, on ``E‖x_t − x*‖²`` from the start on.

        Raises:
            InvalidProblemError: what is bounded is no distance; it has a bound at the end alone.
        """
        if self.claim.goal != "distance":
            raise InvalidProblemError(f"the goal {self.claim.goal!r} has one bound, at the end")
        return np.array([nearest(value, up=True) for value in self.claim.chain])

    def rounds_to(self, target: float) -> int:
        """The first round after which the distance is proved to be at most ``target``.

        Raises:
            InfeasibleError: none of these rounds is.
            InvalidProblemError: ``target`` is no finite number.
        """
        found = np.flatnonzero(self.bounds <= float(fraction(target, "target")))
        if not len(found):
            raise InfeasibleError(
                f"after {len(self.bounds) - 1} rounds {self.bounds.min():g} is proved, not "
                f"{float(target):g}; take more rounds, smaller steps or more clients in each"
            )
        return int(found[0])

    def shortened(self, rounds: int) -> RoundsCertificate:
        """What the same proofs say of the distance after the first ``rounds`` rounds.

        Raises:
            InvalidProblemError: not between 1 and the number of rounds, or another goal.
        """
        claim = self.claim
        if claim.goal != "distance":
            raise InvalidProblemError(f"the goal {claim.goal!r} has one bound, at the end")
        count = whole(rounds, "rounds", len(claim.uses))
        used = sorted(set(claim.uses[:count]))
        short = replace(
            claim,
            schedule=claim.schedule[:count],
            proofs=tuple(claim.proofs[use] for use in used),
            uses=tuple(used.index(use) for use in claim.uses[:count]),
            weights=claim.weights[:count],
            chain=claim.chain[: count + 1],
            bound=claim.chain[count],
        )
        return RoundsCertificate(claim=short, name=self.name)

    def check(self) -> ProofCheck:
        """Prove the bound again in rational arithmetic."""
        return ProofCheck(theorem=f"rounds, {self.name}", failures=self.claim.failures)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write what is proved as JSON, which ``roundlot check`` judges from the file alone.

        Raises:
            FileExistsError: ``path`` is a folder.
            OSError: the folder cannot be written.
        """
        target = Path(path)
        if target.is_dir():
            raise FileExistsError(f"{path} is a folder; give the name of a file")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = dumps(document_of(self.claim, notes=self.name)) + "\n"
        write_bytes(target, text.encode("utf-8"))
        return target

    def __str__(self) -> str:
        return f"{self.name}: {self.claim}"

    def __repr__(self) -> str:
        return f"RoundsCertificate({self})"


@names_missing(
    {
        "scheme": "a sampling scheme, such as independent_clients(weights, probabilities)",
        "smoothness": "L of the clients, in F/x²",
        "local_steps": "K, a count of steps",
        "step": "γ of a local step, in x²/F",
        "rounds": "a count of rounds",
        "initial": '‖x_0 − x*‖² at most, in x²; with goal "gradient" F(x_0) − inf F, in F',
        "heterogeneity": "ζ², the weighted sum of squared client gradients, in F²/x²",
    }
)
def certify_rounds(
    scheme: SamplingScheme | SchemeOfKinds,
    *,
    smoothness: Any,
    strong_convexity: Any = 0.0,
    local_steps: int,
    step: Any,
    rounds: int,
    initial: float | Fraction,
    heterogeneity: float | Fraction,
    variance: Any = 0.0,
    schedule: Any = None,
    goal: str = "distance",
) -> RoundsCertificate:
    """What ``rounds`` rounds of federated averaging provably reach, for every fleet like this.

    In a round every client that is drawn makes ``local_steps`` gradient steps on its own ``f_i``
    from the common ``x``, and ``x⁺ = x + Σ c_i (its last point − x)`` with weights ``c`` drawn by
    the scheme, afresh in each round and whatever the gradients are. The bound holds for all
    ``L_i``-smooth and ``μ_i``-strongly convex ``f_i`` with a minimiser ``x*`` of ``F = Σ w_i f_i``.

    Args:
        scheme: moments of the aggregation weights. Clients that are alike cost one.
        smoothness, strong_convexity: ``L > μ >= 0``; one number, one for each client, or one for
            each kind of a `SchemeOfKinds`.
        local_steps: ``K``, at least 1.
        step: ``γ > 0`` of a local step; one number or one for each client or kind.
        rounds: how many.
        initial: ``‖x_0 − x*‖²`` at most; ``F(x_0) − inf F`` with goal "gradient".
        heterogeneity: ``ζ²``: ``Σ w_i ‖∇f_i(x*)‖²`` at most; with goal "gradient"
            ``Σ w_i ‖∇f_i(x) − ∇F(x)‖²`` at most, at every ``x``.
        variance: ``σ_i²``, at most, of a mini-batch gradient: unbiased given all that the client
            did before, independent of the other clients and of who is drawn.
        schedule: factors of the step: ``(rounds,)``, or ``(rounds, K)`` for each local step.
        goal: "distance" bounds ``E‖x_T − x*‖²``; "gap" bounds ``E F(x̄) − F*`` at a weighted
            mean of ``x_0 … x_{T−1}``, also where ``μ = 0``; "gradient" bounds the least
            ``E‖∇F(x_t)‖²`` without convexity.

    Raises:
        AssumptionError: ``0 <= μ < L`` fails for a client.
        InvalidProblemError: another number out of range; all that are missing.
        ConvergenceError: at these steps no proof of this kind bounds the goal, or none survived
            the rounding; nothing is returned in its place.
    """
    if not isinstance(scheme, SamplingScheme | SchemeOfKinds):
        raise InvalidProblemError(
            f"scheme is {briefly(scheme)}; give a sampling scheme, such as "
            "independent_clients(weights, probabilities)"
        )
    if not isinstance(goal, str) or goal not in GOALS:
        raise InvalidProblemError(f"goal is {briefly(goal)}; give one of {', '.join(GOALS)}")
    local_steps = whole(local_steps, "local_steps", LOCAL_STEPS)
    rounds = whole(rounds, "rounds", ROUNDS)
    start, zeta = fraction(initial, "initial"), fraction(heterogeneity, "heterogeneity")
    if start <= 0:
        raise InvalidProblemError(f"initial is {float(start):g}; give a number above 0")
    if zeta < 0:
        raise InvalidProblemError(f"heterogeneity is {briefly(heterogeneity)}; give 0 or more")
    setting = _setting(scheme, smoothness, strong_convexity, local_steps, step, variance, goal)
    factors = _schedule(schedule, rounds, local_steps)
    different = len(set(factors))
    if different * least_work(setting) > MOST_WORK:
        raise InvalidProblemError(
            f"the schedule has {different} different rounds, which takes too long to prove; "
            f"give {MOST_WORK // least_work(setting)} at most"
        )
    try:
        with limited():  # the judge takes no more
            claim = _claim(setting, goal, start, zeta, factors)
    except TooMuchWorkError as error:
        raise InvalidProblemError(f"what is asked for cannot be proved: {error}") from error
    return RoundsCertificate(claim=claim, name=scheme.name)


def _claim(
    setting: Setting, goal: str, start: Fraction, zeta: Fraction, schedule: list[Row]
) -> RoundsClaim:
    if complaints := setting.complaints(convex=goal != "gradient"):
        raise InvalidProblemError(complaints[0])
    alike = goal != "gradient" and (setting.n_clients == 1 or zeta == 0)
    coupling = coupling_of(setting, spread=not alike and goal != "gradient")
    _must_fit("numbers given have", (setting, coupling, start, zeta, *schedule))
    chain = _Chain(
        setting=setting,
        goal=goal,
        zeta=zeta,
        rounds=len(schedule),
        alike=alike,
        coupling=coupling,
        numbers=[start],
    )
    for factors in schedule:
        chain.append(factors)
    return chain.claim()


def _must_fit(what: str, numbers: Any) -> None:
    if not fits(numbers):
        raise InvalidProblemError(
            f"the {what} more than {DIGITS} digits as fractions; round them, or scale them nearer "
            "to 1"
        )


@dataclass(kw_only=True)
class _Chain:
    """The rounds so far."""

    setting: Setting
    goal: str
    zeta: Fraction
    rounds: int
    alike: bool
    coupling: Coupling
    numbers: list[Fraction]
    schedule: list[Row] = field(default_factory=list)
    proofs: list[RoundProof] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)
    weights: list[Fraction] = field(default_factory=list)
    solved: dict[Row, list[tuple[float, int]]] = field(default_factory=dict)
    room: Fraction = Fraction(1)

    def append(self, factors: Row) -> None:
        """One more round."""
        setting, value = at(self.setting, factors), self.numbers[-1]
        use = self._proof(factors, setting, min(nearest(value, up=True), float(MOST)))
        proof = self.proofs[use]
        added = proof.added(self.zeta, setting, self.goal)
        if self.goal == "distance":
            weight, kept = Fraction(1), proof.before * value
        else:
            weight, kept = _rounded(self.room / proof.before, up=False), value
            self.room = weight * proof.after
        self.schedule.append(factors)
        self.uses.append(use)
        self.weights.append(weight)
        self.numbers.append(_rounded(kept + weight * added, up=True))
        if not fits((self.numbers[-1], weight)):
            raise InvalidProblemError(
                f"the bound after round {len(self.uses)} has more than {DIGITS} digits; take "
                "smaller steps or fewer rounds"
            )

    def _proof(self, factors: Row, setting: Setting, value: float) -> int:
        """The number of a proof for a round that starts at ``value``."""
        value = value if self.goal == "distance" else float(self.numbers[0])
        known = self.solved.setdefault(factors, [])
        if known and self._adds_nothing:
            return known[0][1]
        for start, number in known:
            if abs(value - start) <= _NEAR * start:
                return number
        try:
            proof = self._solved(setting, value)
        except ConvergenceError:
            if not known:
                raise
            return self._nearest_proof(setting, known, value)
        known.append((value, len(self.proofs)))
        self.proofs.append(proof)
        return len(self.proofs) - 1

    def _nearest_proof(self, setting: Setting, known: list[tuple[float, int]], value: float) -> int:
        """A proof holds at every distance: the one that says most at this one."""

        def said(number: int) -> Fraction:
            proof = self.proofs[number]
            return proof.before * Fraction(value) + proof.added(self.zeta, setting, self.goal)

        return min((number for _, number in known), key=said)

    @property
    def _adds_nothing(self) -> bool:
        """Whether the best round is the same at any distance, which it then only multiplies."""
        noisy = any(kind.variance for kind in self.setting.kinds)
        return self.goal == "distance" and self.alike and not noisy

    def _solved(self, setting: Setting, value: float) -> RoundProof:
        try:
            proof = self._attempted(setting, value)
        except UnboundedError:
            if self.goal != "distance" and not fragile(setting):  # a distance has a bound always
                line = unbounded_line(setting, self.goal, partial(self._provable, setting, value))
                raise ConvergenceError(line) from None
            proof = None
        if proof is None:
            raise ConvergenceError(f"no proof of a round survived rounding; {advice(setting)}")
        _must_fit("multipliers of a proof have", proof)
        return proof

    def _provable(self, setting: Setting, value: float, factor: Fraction) -> bool:
        """Whether a round is proved with all steps times ``factor``."""
        local_steps = len(setting.kinds[0].steps)
        try:
            return self._attempted(at(setting, (factor,) * local_steps), value) is not None
        except (UnboundedError, TooMuchWorkError):
            return False

    def _attempted(self, setting: Setting, value: float) -> RoundProof | None:
        """A proof that stands; None if the solver or the rounding left none.

        Raises:
            UnboundedError: no attempt can succeed.
        """
        spend(least_work(setting))
        for aim, margin in product(self._aims(setting, value), _MARGINS):
            try:
                with np.errstate(all="ignore"):  # what overflows gives no proof
                    proof = solve_round(setting, self.coupling, aim, margin)
            except OverflowError:
                return None
            if proof is not None and not proof.complaints(setting, self.goal, alike=self.alike):
                return proof
        return None

    def _aims(self, setting: Setting, value: float) -> list[Goal]:
        """What a round is to be best at: as it is, then near there."""
        zeta = float(self.zeta)
        unit = value * float(setting.smoothness) ** (1 if self.goal == "gradient" else 2)
        shares = [share * unit for share in _SHARES if share * unit > zeta]
        near = [(value * shift, zeta) for shift in _SHIFTS]
        more = [] if self.alike else [(value, share) for share in shares]
        tried = more if self.goal == "gradient" and not zeta else [*near, *more]
        return [
            Goal(
                name=self.goal,
                potential=potential,
                heterogeneity=heterogeneity,
                rounds=self.rounds,
                alike=self.alike,
            )
            for potential, heterogeneity in tried
        ]

    def claim(self) -> RoundsClaim:
        """Everything that was proved."""
        last = self.numbers[-1]
        bound = last if self.goal == "distance" else last / sum(self.weights, Fraction(0))
        return RoundsClaim(
            goal=self.goal,
            setting=self.setting,
            schedule=tuple(self.schedule),
            initial=self.numbers[0],
            heterogeneity=self.zeta,
            proofs=tuple(self.proofs),
            uses=tuple(self.uses),
            weights=tuple(self.weights),
            chain=tuple(self.numbers),
            bound=_rounded(bound, up=True),
        )


def _setting(
    scheme: SamplingScheme | SchemeOfKinds,
    smoothness: Any,
    strong_convexity: Any,
    local_steps: int,
    step: Any,
    variance: Any,
    goal: str,
) -> Setting:
    n = len(scheme.counts) if isinstance(scheme, SchemeOfKinds) else scheme.n_clients
    large, small, steps, noise = (
        _each(value, n, name)
        for value, name in (
            (smoothness, "smoothness"),
            (strong_convexity, "strong_convexity"),
            (step, "step"),
            (variance, "variance"),
        )
    )
    who = "kind" if isinstance(scheme, SchemeOfKinds) else "client"
    convex = goal != "gradient"
    for i, (L, mu) in enumerate(zip(large, small, strict=True)):
        if L <= 0 or (convex and not 0 <= mu < L):
            raise AssumptionError(
                f"{who} {i} has strong_convexity {float(mu):g} and smoothness {float(L):g}; "
                "0 <= μ < L must hold"
            )
    for i, (one, other) in enumerate(zip(steps, noise, strict=True)):
        if one <= 0:
            raise InvalidProblemError(f"step of {who} {i} is {float(one):g}; give one above 0")
        if other < 0:
            raise InvalidProblemError(f"variance of {who} {i} is {float(other):g}; give 0 or more")
    small = small if convex else (Fraction(0),) * n
    labels = list(zip(large, small, steps, noise, strict=True))
    if isinstance(scheme, SchemeOfKinds):
        kinds, first = scheme, list(range(n))
    else:
        kinds, first = by_kinds(scheme, labels)
    columns = zip(*(labels[i] for i in first), strict=True)
    each_large, each_small, each_step, each_noise = columns
    walks = [(one,) * local_steps for one in each_step]
    return kinds.setting(each_large, each_small, walks, each_noise)


def _each(value: Any, n: int, name: str) -> Row:
    values = listed(value)
    if values is None:
        return (fraction(value, name),) * n
    if len(values) != n:
        raise InvalidProblemError(f"{name} has {len(values)} numbers; give one or {n}")
    return fractions(values, name)


def _schedule(schedule: Any, rounds: int, local_steps: int) -> list[Row]:
    if schedule is None:
        return [(Fraction(1),) * local_steps] * rounds
    given = listed(schedule)
    if given is None or len(given) != rounds:
        raise InvalidProblemError(
            f"schedule must have {rounds} rows, one for each round; it is {briefly(schedule)}"
        )
    return [_factors(row, f"schedule[{t}]", local_steps) for t, row in enumerate(given)]


def _factors(row: Any, name: str, local_steps: int) -> Row:
    """Of the steps of one round."""
    values = listed(row)
    found = (fraction(row, name),) * local_steps if values is None else fractions(values, name)
    if len(found) != local_steps:
        raise InvalidProblemError(
            f"{name} has {len(found)} numbers; a row of schedule must be "
            f"one number or {local_steps}"
        )
    if min(found) <= 0:
        raise InvalidProblemError(
            f"{name} is {briefly(row)}; schedule must be above 0, leave out rounds without a step"
        )
    return found


def _rounded(value: Fraction, *, up: bool) -> Fraction:
    """``value``, at least 0, to some 64 bits."""
    if not value:
        return value
    shift = _BITS - value.numerator.bit_length() + value.denominator.bit_length()
    shift = min(shift, _FINEST) if up else shift
    scaled = value * Fraction(2) ** shift
    return Fraction(math.ceil(scaled) if up else math.floor(scaled)) / Fraction(2) ** shift
