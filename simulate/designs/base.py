"""What every design offers: probabilities, draws, and the variance of what it draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import Picks, check_rounds, key_words
from roundlot.simulate.updates import Updates
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.errors import in_one_line
from roundlot.theory.kinds import as_annotated, is_whole
from roundlot.theory.moments.estimator import client_numbers, joint_covariance, joint_variance
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments, squared_error_moments
from roundlot.theory.positions import by_position

if TYPE_CHECKING:
    import torch

Outcome = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Guarantees:
    """What holds in every round of a design.

    Attributes:
        fixed_total: the number of draws is ``Σ p`` rounded down or up; ``Σ p`` if an integer.
        fixed_models: the same for every model's number of draws.
        negative_association: what is known of the dependence between draws, and from whom.
        joint_inclusion: how the probabilities of pairs are known, or why they are not.
        joint_known: whether `Design.joint_inclusion` answers; for some only on small fleets.
    """

    fixed_total: bool
    fixed_models: bool
    negative_association: str
    joint_inclusion: str
    joint_known: bool

    def __str__(self) -> str:
        fixed = "every model's count" if self.fixed_models else "total" if self.fixed_total else "-"
        return (
            f"fixes: {fixed}; negative association: {self.negative_association}; "
            f"joint inclusion: {self.joint_inclusion}"
        )


D = TypeVar("D", bound="Design")
OfPair = Callable[[D, int, int], Fraction]


def of_a_pair(chance: OfPair[D]) -> OfPair[D]:
    """Of a method of a design: refuses a processor or a model that does not exist."""

    @wraps(chance)
    def checked(self: D, processor: int, model: int) -> Fraction:
        _require_place(processor, "processor", self.n_processors)
        _require_place(model, "model", self.n_models)
        return chance(self, int(processor), int(model))

    return checked


class Design(ABC):
    """A rule that gives every processor a model, or none, in every round.

    Rounds are independent and alike unless the design says otherwise. The draw of a round is a
    function of (seed, round) alone: the same in any chunking and on any device.
    """

    name: ClassVar[str]
    guarantees: ClassVar[Guarantees]
    probabilities: FloatArray

    @classmethod
    @abstractmethod
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``."""

    @abstractmethod
    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair, as the exact rational number that is drawn.

        Raises:
            InvalidProblemError: a processor or a model that does not exist.
        """

    @abstractmethod
    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks that can happen, with its exact probability. For tiny fleets only.

        Raises:
            InvalidProblemError: more outcomes than can be listed.
        """

    @abstractmethod
    def _fill(self, out: Picks, start: int, seed: int) -> None: ...

    def joint_inclusion(self, model: int, other: int | None = None) -> FloatArray:
        """``(V, V)``, the probability that ``v`` draws ``model`` and ``w`` draws ``other``.

        ``other`` is ``model`` by default, with ``p`` on the diagonal; two models exclude each
        other on the diagonal.

        Raises:
            AssumptionError: a design whose joint probabilities are not known, or not at this size.
            InvalidProblemError: a model that does not exist.
        """
        second = model if other is None else other
        _require_place(model, "model", self.n_models)
        _require_place(second, "model", self.n_models)
        joint = self._joint(model, second)
        np.fill_diagonal(joint, self.probabilities[:, model] if model == second else 0.0)
        return joint

    def _joint(self, model: int, other: int) -> FloatArray:
        """The same; the diagonal is overwritten."""
        raise AssumptionError(self._unknown("joint inclusion probabilities"))

    def _unknown(self, what: str) -> str:
        return (
            f"{what} of the design {self.name!r} are not known: "
            f"{self.guarantees.joint_inclusion}; simulate"
        )

    @as_annotated
    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, exact ``E‖Δ_s − Σ_v u_vs‖²`` of one round for these updates.

        Raises:
            AssumptionError: joint inclusion probabilities that are not known.
        """
        return self._from_joint([updates.processor_updates(s) for s in range(self.n_models)])

    @as_annotated
    def model_covariance(self, updates: Updates) -> FloatArray:
        """``(S, S)``, exact ``E⟨Δ_s − U_s, Δ_t − U_t⟩`` of one round; models of one dimension.

        Raises:
            AssumptionError: joint inclusion probabilities that are not known.
            InvalidProblemError: models of different dimensions.
        """
        p, rows = self.probabilities, [updates.processor_updates(s) for s in range(self.n_models)]
        table = np.diag(self.model_variance(updates))
        for s, t in combinations(range(self.n_models), 2):
            joint = self.joint_inclusion(s, t)
            table[s, t] = joint_covariance(rows[s], p[:, s], rows[t], p[:, t], joint)
            table[t, s] = table[s, t]
        return table

    @as_annotated
    def variance(self, updates: Updates) -> float | None:
        """``Σ_s E‖Δ_s − Σ_v u_vs‖²``, or None where it is not known; ``guarantees`` says why."""
        try:
            return float(self.model_variance(updates).sum())
        except AssumptionError:
            return None

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²`` of ``Y = Σ_s ‖Δ_s − Σ_v u_vs‖²``, one round.

        Raises:
            AssumptionError: a design whose law of ``Y`` is not known, or not at this size.
            InvalidProblemError: a probability of 0 where the update is not 0.
        """
        raise AssumptionError(self._unknown("second moments of the squared error"))

    @by_position()
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, exact ``Var H_s`` of one round for weights ``(V, S)``.

        Raises:
            AssumptionError: joint inclusion probabilities that are not known.
        """
        table = real_numbers(weights, "weights")
        return self._from_joint(list(table.T[:, :, None]))

    def _from_joint(self, rows: list[FloatArray]) -> FloatArray:
        p = self.probabilities
        return np.array(
            [joint_variance(u, p[:, s], self.joint_inclusion(s)) for s, u in enumerate(rows)]
        )

    @by_position()
    def expected_uploads(self, client: npt.ArrayLike) -> float:
        """Distinct (client, model) messages expected in a round; ``client`` is ``(V,)``.

        Raises:
            AssumptionError: several processors of a client may draw one model, and the chance
                that none does is not known.
            InvalidProblemError: a list of clients of another length.
        """
        owner = client_numbers(client).reshape(-1)
        if owner.size != self.n_processors:
            raise InvalidProblemError(f"{owner.size} clients; give one per processor")
        silence = None if np.unique(owner).size == owner.size else self._silence(owner)
        if silence is not None:
            return float(np.sum(1.0 - silence))
        merged = 0.0
        for label, count in zip(*np.unique(owner, return_counts=True), strict=True):
            if count > 1:
                merged += self._merged(np.flatnonzero(owner == label))
        return self.expected_draws - merged

    def _silence(self, client: npt.NDArray[np.intp]) -> FloatArray | None:
        """``(N, S)``, chances that no processor of a client draws a model, if all are known."""
        return None

    def _merged(self, rows: npt.NDArray[np.intp]) -> float:
        total = 0.0
        for model in range(self.n_models):
            drawing = rows[self.probabilities[rows, model] > 0.0]
            if drawing.size > 2:
                raise AssumptionError(self._unknown("joint draws of three processors of a client"))
            if drawing.size == 2:
                total += float(self.joint_inclusion(model)[drawing[0], drawing[1]])
        return total

    def draw_torch(
        self, rounds: int, *, seed: int = 0, start: int = 0, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """The draws of ``draw`` as an int16 tensor on ``device``.

        A design whose draws follow one another within a round draws on the CPU and copies.
        """
        import torch

        return torch.from_numpy(self.draw(rounds, seed=seed, start=start)).to(device)

    def draw_fused(
        self, rounds: int, *, seed: int = 0, start: int = 0, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """The same, in one compiled pass over memory where the design has one."""
        return self.draw_torch(rounds, seed=seed, start=start, device=device)

    @property
    def n_processors(self) -> int:
        """``V``."""
        return int(self.probabilities.shape[0])

    @property
    def n_models(self) -> int:
        """``S``."""
        return int(self.probabilities.shape[1])

    @property
    def expected_draws(self) -> float:
        """Draws expected in a round, ``Σ p``."""
        return float(self.probabilities.sum())

    @property
    def inclusion(self) -> FloatArray:
        """``(V, S)``, the same as ``probabilities``: how often each pair is drawn."""
        return self.probabilities

    def draw(self, rounds: int, *, seed: int = 0, start: int = 0) -> Picks:
        """``(rounds, V)`` int16: the model each processor trains in rounds ``start, ...``, −1 idle.

        Raises:
            InvalidProblemError: a negative number of rounds, start or seed.
        """
        check_rounds(rounds, start)
        key_words(seed)
        out = np.empty((rounds, self.n_processors), dtype=np.int16)
        self._fill(out, start, seed)
        return out

    def __repr__(self) -> str:
        rows, columns = self.probabilities.shape
        return f"{type(self).__name__}({rows} x {columns}, {self.probabilities.sum():.6g} draws)"


def _require_place(value: Any, name: str, size: int) -> None:
    if not is_whole(value) or not 0 <= value < size:
        raise InvalidProblemError(f"{name} is {in_one_line(value)}; there are 0 to {size - 1}")


def exact_error_moments(
    design: Design, updates: Updates, block: IntArray | None = None
) -> SquaredErrorMoments:
    """Exact moments of the squared error of a design whose name theory knows."""
    return squared_error_moments(
        updates.directions,
        design.probabilities,
        client=updates.client,
        weights=updates.weights,
        design=design.name,
        block=block,
    )
