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

`roundlot.verify.draw_guess` has the rules by which a form is told from several rounds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from roundlot.theory import InvalidProblemError

_SEED_NAMES = ("seed", "round_seed")
_GENERATOR_NAMES = ("rng", "generator", "random_state")


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


_PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _optional_style(first: list[str]) -> str:
    """Of a sampler that can be called with nothing: a seed that has a default is given all the
    same, as the default would draw the same round for ever."""
    if first and first[0] in _SEED_NAMES:
        return "seed"
    return "generator" if first and first[0] in _GENERATOR_NAMES else "nothing"
