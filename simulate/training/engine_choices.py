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
from roundlot.simulate.training.method import Method
from roundlot.theory import InvalidProblemError

_HISTORY = "history/"  # before the names of a history's arrays in a checkpoint


def engine_choices(
    federation: Federation,
    method: Method,
    plans: Sequence[LocalPlan],
    *,
    kind: Kind | Sequence[Kind | Choice],
    device: str,
    rounds: int,
    kept: Path | None,
    settings: Mapping[str, Any],
) -> tuple[Choice, ...]:
    """The kind of every task's engine, and why it is that one.

    Args:
        federation: whose tasks they are.
        method: of the run: those that train all clients say so (``trains_all_clients``).
        plans: what clients do, one for every task.
        kind: for all tasks, or one each; "auto" is that of ``kept``, else the fastest. A `Choice`
            says of itself why.
        device: "cpu" or "cuda:k".
        rounds: of the run.
        kept: a checkpoint that the run goes on from, or None.
        settings: of the run.

    Raises:
        InvalidProblemError: another number of kinds than of tasks; a file that is no checkpoint.
    """
    kinds = (kind,) * len(plans) if isinstance(kind, str) else tuple(kind)
    _require_one_each(kinds, len(plans))
    asked = [_asked(one) for one in kinds]
    found = () if kept is None else kept_choices(kept, "a checkpoint of training") or ()
    there = found if len(found) == len(plans) else (None,) * len(plans)
    drawn = settings["budget"] / federation.n_models
    everybody = settings["measure"] or getattr(method, "trains_all_clients", False)
    clients = float(federation.n_clients) if everybody else drawn
    left, precision = Workload(rounds=rounds, clients=clients), precision_of(settings["precision"])
    return tuple(
        _kept(one, old) or choose(task, plan, device, left, precision=precision)
        for task, plan, one, old in zip(federation.tasks, plans, asked, there, strict=True)
    )


def _asked(kind: Kind | Choice) -> Choice:
    return kind if isinstance(kind, Choice) else Choice(kind=kind, why="as asked for")


def _kept(asked: Choice, old: Choice | None) -> Choice | None:
    """What a checkpoint says, if it is what is asked for now; None where nothing decides yet."""
    if old is not None and asked.kind in ("auto", old.kind):
        return old
    return None if asked.kind == "auto" else asked


def kept_choices(path: Path, what: str = "a run") -> tuple[Choice, ...] | None:
    """The engines that a checkpoint or a history names; None if it is an earlier version's.

    ``what`` the file should hold, for errors.

    Raises:
        InvalidProblemError: a file that is neither.
    """
    arrays = read_archive(path, what)
    arrays = part(arrays, _HISTORY) or arrays
    with malformed(f"{path} does not hold {what}", "remove it and start again"):
        if "engines" not in arrays:
            return None
        texts = array_text(arrays["engines"])
        pairs = zip(texts["kinds"], texts["why"], strict=True)
        return tuple(Choice(kind=str(kind), why=str(why)) for kind, why in pairs)


def _require_one_each(kinds: Sequence[object], tasks: int) -> None:
    """Refuse another number of kinds than of tasks.

    Raises:
        InvalidProblemError: it is another one.
    """
    if len(kinds) != tasks:
        raise InvalidProblemError(
            f"there are {len(kinds)} engines for {tasks} tasks; give one each, or one"
        )
