"""Which engines a run has: as asked for, as its checkpoint has them, or the fastest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roundlot.simulate.engines.choice import Kind, choose
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import precision_of
from roundlot.simulate.engines.timed_choice import Choice, Workload
from roundlot.simulate.runs.archive import array_text, malformed, read_archive
from roundlot.simulate.runs.checkpoints import part
from roundlot.simulate.training.federation import Federation
from roundlot.theory import InvalidProblemError

_HISTORY = "history/"  # before the names of a history's arrays in a checkpoint


def engine_choices(
    federation: Federation,
    plans: Sequence[LocalPlan],
    *,
    kind: Kind | Sequence[Kind],
    device: str,
    rounds: int,
    kept: Path | None,
    settings: Mapping[str, Any],
) -> tuple[Choice, ...]:
    """The kind of every task's engine, and why it is that one.

    Args:
        federation: whose tasks they are.
        plans: what clients do, one for every task.
        kind: for all tasks, or one each; "auto" is that of ``kept``, else the fastest.
        device: "cpu" or "cuda:k".
        rounds: of the run.
        kept: a checkpoint that the run goes on from, or None.
        settings: of the run.

    Raises:
        InvalidProblemError: another number of kinds than of tasks; a file that is no checkpoint.
    """
    if kind != "auto":
        kinds = (kind,) * len(plans) if isinstance(kind, str) else tuple(kind)
        _require_one_each(kinds, len(plans))
        return tuple(Choice(kind=one, why="as asked for") for one in kinds)
    there = None if kept is None else kept_choices(kept)
    if there is not None and len(there) == len(plans):
        return there
    # Methods train those drawn at least; many train more, and then compiling pays earlier.
    drawn = settings["budget"] / federation.n_models
    clients = float(federation.n_clients) if settings["measure"] else drawn
    left, precision = Workload(rounds=rounds, clients=clients), precision_of(settings["precision"])
    return tuple(
        choose(task, plan, device, left, precision=precision)
        for task, plan in zip(federation.tasks, plans, strict=True)
    )


def kept_choices(path: Path) -> tuple[Choice, ...] | None:
    """The engines that a checkpoint or a history names; None if it is an earlier version's.

    Raises:
        InvalidProblemError: a file that is neither.
    """
    arrays = read_archive(path, "a run")
    arrays = part(arrays, _HISTORY) or arrays
    with malformed(f"{path} is no run", "remove it and start again"):
        if "engines" not in arrays:
            return None
        texts = array_text(arrays["engines"])
        pairs = zip(texts["kinds"], texts["why"], strict=True)
        return tuple(Choice(kind=str(kind), why=str(why)) for kind, why in pairs)


def _require_one_each(kinds: Sequence[str], tasks: int) -> None:
    """Refuse another number of kinds than of tasks.

    Raises:
        InvalidProblemError: it is another one.
    """
    if len(kinds) != tasks:
        raise InvalidProblemError(
            f"there are {len(kinds)} engines for {tasks} tasks; give one each, or one"
        )
