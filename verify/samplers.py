"""Any callable that draws, read as rounds of (pair, weight): the forms an audit understands.

A sampler is called once a round, with nothing, with a ``numpy.random.Generator``, or with an
integer if its parameter is named ``seed`` or ``round_seed``. What it returns is one of `FORMS`:

* ``indices``: ``(k,)`` integers, the processors drawn (one model only);
* ``mask``: ``(V,)`` or ``(V, S)``, true or 1 where drawn;
* ``pairs``: ``(k, 2)`` integers, (processor, model);
* ``choices``: ``(V,)`` integers, the model of every processor, −1 idle;
* ``weighted``: a tuple (any of the above, ``(k,)`` aggregation weights in the same order);
* ``coefficients``: ``(V,)`` or ``(V, S)``, aggregation weights, 0 where not drawn;
* ``aggregate``: the aggregated step, ``(dim,)`` or one vector per model.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from roundlot.theory import InvalidProblemError

_SEED_NAMES = ("seed", "round_seed")


def call_style(sampler: Callable[..., Any]) -> str:
    """How to call it: "nothing", "seed" or "generator".

    Raises:
        InvalidProblemError: not callable, or it needs more than one argument.
    """
    if not callable(sampler):
        raise InvalidProblemError(f"sampler is {type(sampler).__name__}; give a callable")
    try:
        parameters = inspect.signature(sampler).parameters.values()
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
        return "nothing"
    return "seed" if required[0].name in _SEED_NAMES else "generator"
