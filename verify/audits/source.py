"""Any callable that draws, read as rounds of (pair, weight): the forms an audit understands.

A sampler is called once a round, with nothing, with a ``numpy.random.Generator``, or with an
integer if its parameter is named ``seed`` or ``round_seed``, whether or not that has a default.
What it returns is one of `FORMS`, as arrays, tensors of any type and device, lists or tuples:

* ``indices``: ``(k,)`` integers, the processors drawn (one model only); a set, an iterator, one
  integer; with ``names=`` the names of processors;
* ``mask``: ``(V,)`` or ``(V, S)``, true or 1 where drawn;
* ``pairs``: ``(k, 2)`` integers, (processor, model);
* ``choices``: ``(V,)`` integers, the model of every processor, −1 idle;
* ``weighted``: any of the above with aggregation weights: a tuple (drawn, weights), weights in the
  same order or one for everybody; a dict ``{index: weight}``; a list of tuples (index, weight);
* ``coefficients``: ``(V,)`` or ``(V, S)``, aggregation weights, 0 where not drawn;
* ``aggregate``: the aggregated step, ``(dim,)`` or one vector per model.

`roundlot.verify.audits.forms` has the rules by which a form is told from several rounds.

Rounds come in batches, with every fault caught and named.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.verify.audits.draws import (
    Draw,
    Given,
    Layout,
    SamplerFault,
    UnreadableDrawError,
    plain,
)
from roundlot.verify.audits.forms import form_of, read
from roundlot.verify.audits.streaming import Batch, batch_of, batch_of_choices

_SEED_NAMES = ("seed", "round_seed")
_GENERATOR_NAMES = ("rng", "generator", "random_state")
_PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


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


def call_style(sampler: Callable[..., Any]) -> str:
    """How to call it: "nothing", "seed" or "generator".

    Raises:
        InvalidProblemError: not callable, or it needs more than one argument.
    """
    if not callable(sampler):
        raise InvalidProblemError(f"sampler is {type(sampler).__name__}; give a callable")
    try:
        parameters = list(inspect.signature(sampler).parameters.values())
    except (TypeError, ValueError):
        return "generator"
    required = [
        p
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if len(required) > 1 or any(p.kind is p.KEYWORD_ONLY for p in required):
        names = ", ".join(p.name for p in required)
        raise InvalidProblemError(
            f"sampler needs ({names}); wrap it so that it takes a generator, a seed or nothing"
        )
    if not required:
        return _optional_style([p.name for p in parameters if p.kind in _PLAIN][:1])
    return "seed" if required[0].name in _SEED_NAMES else "generator"


def _optional_style(first: list[str]) -> str:
    """Of a sampler that can be called with nothing: a seed that has a default is given all the
    same, as the default would draw the same round for ever."""
    if first and first[0] in _SEED_NAMES:
        return "seed"
    return "generator" if first and first[0] in _GENERATOR_NAMES else "nothing"
