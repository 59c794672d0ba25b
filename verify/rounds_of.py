"""Rounds of a sampler in batches, with every fault caught and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.verify.batches import Batch, batch_of, batch_of_choices
from roundlot.verify.draw_guess import form_of
from roundlot.verify.draw_layout import Draw, Layout, SamplerFault, UnreadableDrawError
from roundlot.verify.draw_plain import Given, plain
from roundlot.verify.draw_readers import read
from roundlot.verify.samplers import call_style

FloatArray = npt.NDArray[np.float64]


class Source:
    """Calls the sampler round after round; after a fault it gives no more.

    Attributes:
        fault: what went wrong and in which round, or None.
        repeated: rounds in which something was drawn more than once.
        form: how draws are read, "auto" until a round has told.
        weighted: whether draws come with weights.
    """

    def __init__(self, sampler: Any, layout: Layout, *, seed: int, replacement: bool) -> None:
        self.design = sampler if is_design(sampler) else None
        self.style = "batch" if self.design is not None else call_style(sampler)
        self.form = "choices" if self.design is not None else layout.form
        self.weighted = self.form in ("weighted", "coefficients")
        self._must_weigh = self.form == "weighted"
        if self._must_weigh:
            self.form = "auto"
        self.fault: str | None = None
        self.fault_kind = "draws are well formed"
        self.repeated = 0
        self._sampler, self._layout, self._seed = sampler, layout, seed
        self._replacement = replacement
        self._done = 0
        self._rng = np.random.default_rng(seed)

    @property
    def words(self) -> str:
        """How draws are read, in words."""
        extra = " with weights" if self.weighted and self.form != "coefficients" else ""
        return f"{self.form}{extra}"

    @property
    def told(self) -> bool:
        """Whether it is known how to read a draw."""
        return self.form != "auto"

    def take(self, rounds: int) -> Batch:
        """The next rounds, fewer if one of them fails.

        Raises:
            UnreadableDrawError: a round that cannot be read.
        """
        if self.design is not None:
            batch = batch_of_choices(
                self.design.draw(rounds, seed=self._seed, start=self._done),
                self._layout.n_models,
                self._done,
            )
        else:
            batch = self._collect(rounds)
        self._done += batch.rounds
        return batch

    def repeatable(self) -> bool | None:
        """Whether the same seed gives the same first draw; None if it cannot be asked."""
        if self.style in ("nothing", "batch"):
            return True if self.style == "batch" else None
        if not self.told:
            return None
        try:
            first, second = (
                read(self._call(np.random.default_rng(self._seed), 0), self._layout, self.form)
                for _ in range(2)
            )
        except (SamplerFault, UnreadableDrawError):
            return None
        return _same(first, second)

    def _collect(self, rounds: int) -> Batch:
        given = self._gather(rounds)
        self._tell_form(given)
        drawn: list[Draw] = []
        repeats: list[int] = []
        for turn, one in enumerate(given):
            try:
                draw = self._read(one, self._done + turn)
                repeats.append(self._merge_repeats(draw))
            except SamplerFault as fault:
                self.fault = f"round {self._done + turn} {fault}"
                self.fault_kind = "draws are well formed"
                break
            drawn.append(_merged(draw) if repeats[-1] else draw)
        return batch_of(drawn, repeats, self._done, weighted=self.weighted)

    def _gather(self, rounds: int) -> list[Given]:
        """What the next calls return; fewer if one fails."""
        given: list[Given] = []
        for turn in range(self._done, self._done + rounds):
            try:
                given.append(self._call(self._rng, turn))
            except SamplerFault as fault:
                self.fault = f"round {turn} {fault}"
                break
            except UnreadableDrawError as error:
                raise UnreadableDrawError(f"round {turn} {error}") from error
        return given

    def _tell_form(self, given: list[Given]) -> None:
        if not given:
            return
        if not self.told:
            self.form = form_of(given, self._layout) or "auto"
        weighs = self.form == "coefficients" or any(one.weights is not None for one in given)
        self.weighted = self.weighted or weighs

    def _read(self, given: Given, turn: int) -> Draw:
        bare = given.weights is None and given.steps is None and not given.empty
        if bare and self.weighted and self.form != "coefficients":
            raise UnreadableDrawError(
                f"round {turn} returned {given.told} without weights; return (drawn, weights)"
            )
        try:
            return read(given, self._layout, "indices" if given.empty else self.form)
        except UnreadableDrawError as error:
            raise UnreadableDrawError(f"round {turn} {error}") from error

    def _call(self, rng: np.random.Generator, turn: int) -> Given:
        try:
            returned = self._sampler(*self._arguments(rng, turn))
        except (Exception, SystemExit) as error:
            self.fault_kind = "sampler runs"
            text = " ".join(str(error).split())[:160]
            raise SamplerFault(f"raises {type(error).__name__}: {text}") from error
        return plain(returned, self._layout)

    def _arguments(self, rng: np.random.Generator, turn: int) -> tuple[Any, ...]:
        if self.style == "nothing":
            return ()
        if self.style == "seed":
            mixed = np.random.SeedSequence([self._seed, turn]).generate_state(1)
            return (int(mixed[0]),)
        return (rng,)

    def _merge_repeats(self, draw: Draw) -> int:
        if bool((draw.pairs[1:] > draw.pairs[:-1]).all()):
            return 0  # ascending, the usual order, and four times as fast to see
        extra = draw.pairs.size - len(set(draw.pairs.tolist()))
        if not extra:
            return 0
        if not self._replacement:
            values, counts = np.unique(draw.pairs, return_counts=True)
            twice = self._layout.name(int(values[counts > 1][0]))
            raise SamplerFault(
                f"draws {twice} more than once; if that is meant, say replacement=True"
            )
        self.repeated += 1
        return extra


def is_design(sampler: Any) -> bool:
    """Whether it is a `Design`, which draws many rounds at once and knows its probabilities."""
    return not callable(sampler) and all(hasattr(sampler, x) for x in ("draw", "probabilities"))


def _merged(draw: Draw) -> Draw:
    """Repeats of a pair added up: one draw with the sum of the weights."""
    pairs, where = np.unique(draw.pairs, return_inverse=True)
    if draw.weights is None:
        return Draw(pairs=pairs)
    weights = np.bincount(where, weights=draw.weights).astype(np.float64)
    return Draw(pairs=pairs, weights=weights)


def _same(first: Draw, second: Draw) -> bool:
    if first.aggregate is not None and second.aggregate is not None:
        return all(
            np.array_equal(a, b) for a, b in zip(first.aggregate, second.aggregate, strict=True)
        )
    alike = np.array_equal(np.sort(first.pairs), np.sort(second.pairs))
    if first.weights is None or second.weights is None:
        return alike
    return alike and np.array_equal(np.sort(first.weights), np.sort(second.weights))
