"""What messages hold: models' arrays, as one vector or one table; metrics; what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

if TYPE_CHECKING:
    from roundlot.flower.framework import ArrayRecord, Message, RecordDict

Arrays = Mapping[str, npt.NDArray[Any]]
Value = TypeVar("Value")


class BadReplyError(ValueError):
    """A reply that cannot be used; the message names node, round and model, and the remedy."""


def flatten(arrays: Arrays) -> FloatArray:
    """All numbers, array after array, in float64."""
    parts = [np.asarray(array, dtype=np.float64).reshape(-1) for array in arrays.values()]
    return np.concatenate(parts) if parts else np.zeros(0)


def unflatten(vector: FloatArray, like: Arrays) -> dict[str, npt.NDArray[Any]]:
    """The vector in the shapes and types of ``like``.

    Whole numbers, such as counters of batches, are rounded; flags stay as they are in ``like``.
    """
    out: dict[str, npt.NDArray[Any]] = {}
    start = 0
    for name, array in like.items():
        part = vector[start : start + array.size].reshape(array.shape)
        start += array.size
        if array.dtype == np.bool_:
            out[name] = np.array(array)
        elif np.issubdtype(array.dtype, np.integer):
            out[name] = np.rint(part).astype(array.dtype)
        else:
            out[name] = part.astype(array.dtype)
    return out


def check_model(arrays: Arrays, round_: int) -> None:
    """Refuse a model that no client could train: it is the server's, so no client is to blame.

    Raises:
        InvalidProblemError: an array of no real numbers, or with NaN or infinity.
    """
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise InvalidProblemError(
                f"round {round_}: the model's array {name!r} is of type {array.dtype}; give real "
                "numbers"
            )
        if not np.all(np.isfinite(array)):
            raise InvalidProblemError(
                f"round {round_}: the model's array {name!r} has NaN or infinity before anybody "
                "trains it; start from finite arrays, or take smaller steps (server_rate)"
            )


def checked(arrays: Arrays, like: Arrays, who: str) -> FloatArray:
    """The vector of a reply whose arrays have the names and shapes of ``like``, all finite.

    Args:
        arrays: of the reply.
        like: what was sent.
        who: node, round and model, for messages.

    Raises:
        BadReplyError: an array is missing, too many, of another shape, not finite, or so large that
            the sum of squares is not.
    """
    missing, extra = set(like) - set(arrays), set(arrays) - set(like)
    if missing or extra:
        what = f"misses {min(missing)!r}" if missing else f"has {min(extra)!r}, which was not sent"
        raise BadReplyError(f"{who} {what}; return the arrays that were sent, after training")
    ordered = {}
    for name, sent in like.items():
        array = np.asarray(arrays[name])
        if array.shape != sent.shape:
            raise BadReplyError(
                f"{who} has array {name!r} of shape {array.shape}; {sent.shape} was sent, return "
                "that"
            )
        if array.dtype.kind not in "fiub":
            raise BadReplyError(
                f"{who} has array {name!r} of type {array.dtype}; return real numbers"
            )
        if not np.all(np.isfinite(array)):
            raise BadReplyError(
                f"{who} has array {name!r} with NaN or infinity; lower its learning rate or check "
                "its data"
            )
        ordered[name] = array
    vector = flatten(ordered)
    with np.errstate(over="ignore"):
        size = float(np.dot(vector, vector))
    if not np.isfinite(size):
        raise BadReplyError(
            f"{who} has arrays whose squares are beyond float64; lower its learning rate or check "
            "its data"
        )
    return vector


def join_models(models: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    """One table whose names are ``model/array``: ``ArrayRecord(join_models(...))`` starts a run.

    Raises:
        InvalidProblemError: no models; a model's name with a slash; a model without arrays.
    """
    if not models:
        raise InvalidProblemError("there are no models; give at least one, by name")
    out: dict[str, Value] = {}
    for name, arrays in models.items():
        if "/" in name:
            raise InvalidProblemError(f"a model is called {name!r}; leave out the slash")
        if not arrays:
            raise InvalidProblemError(f"model {name!r} has no arrays")
        out.update({f"{name}/{key}": value for key, value in arrays.items()})
    return out


def split_models(
    arrays: Mapping[str, Value], names: Sequence[str] | None = None
) -> dict[str, dict[str, Value]]:
    """The tables that were joined, by model.

    Args:
        arrays: the joined table.
        names: the models expected, in this order; else as they come.

    Raises:
        InvalidProblemError: an array that belongs to none of the models; a model without arrays.
    """
    out: dict[str, dict[str, Value]] = {name: {} for name in names or ()}
    for key, value in arrays.items():
        name, slash, inner = key.partition("/")
        if not slash or (names is not None and name not in out):
            known = ", ".join(map(repr, names or ())) or "any"
            raise InvalidProblemError(
                f"array {key!r} belongs to no model ({known}); name arrays 'model/array', as "
                "join_models does"
            )
        out.setdefault(name, {})[inner] = value
    for name, inner_arrays in out.items():
        if not inner_arrays:
            raise InvalidProblemError(f"model {name!r} has no arrays named '{name}/...'")
    return out


def numpy_arrays(record: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a record."""
    return {name: array.numpy() for name, array in record.items()}


def metrics_of(content: RecordDict) -> dict[str, Any]:
    """All metrics of a reply, whatever the names of its records."""
    return {
        name: value for record in content.metric_records.values() for name, value in record.items()
    }


def client_key(content: RecordDict) -> str | None:
    """What the client calls itself: ``client-key`` in any record of settings, else None."""
    for record in content.config_records.values():
        if "client-key" in record:
            return str(record["client-key"])
    return None


def client_tags(content: RecordDict) -> tuple[str, ...]:
    """``tags`` in any record of settings: one word or a list of words; else none."""
    for record in content.config_records.values():
        if "tags" in record:
            tags = record["tags"]
            return tuple(str(tag) for tag in tags) if isinstance(tags, list) else (str(tags),)
    return ()


def trained_arrays(message: Message, like: Mapping[str, npt.NDArray[Any]], who: str) -> FloatArray:
    """The trained model of a reply as a vector ``(P,)``.

    Raises:
        BadReplyError: not one record of arrays, or not those that were sent; see ``checked``.
    """
    records: list[ArrayRecord] = list(message.content.array_records.values())
    if len(records) != 1:
        raise BadReplyError(
            f"{who} holds {len(records)} ArrayRecords; return one, with the trained arrays"
        )
    try:
        arrays = numpy_arrays(records[0])
    except Exception as error:  # whatever a client has put into the bytes
        raise BadReplyError(
            f"{who} holds arrays that cannot be read ({error}); return ArrayRecord(state_dict)"
        ) from None
    return checked(arrays, like, who)


def number(metrics: Mapping[str, Any], name: str, who: str) -> float:
    """A metric that must be there, one finite number ``>= 0``.

    Raises:
        BadReplyError: it is not.
    """
    if name not in metrics:
        raise BadReplyError(
            f"{who} has no metric {name!r}; return MetricRecord({{{name!r}: ...}}), or choose a "
            "rule that does not need it"
        )
    value = metrics[name]
    if isinstance(value, list) or not np.isfinite(value) or value < 0:
        raise BadReplyError(
            f"{who} has metric {name!r} = {value!r:.60}; it must be one finite number, 0 or more"
        )
    return float(value)


def numbers(metrics: Mapping[str, Any], name: str, size: int, who: str) -> FloatArray:
    """A metric with one number for all models or one each, ``(S,)``, finite and ``>= 0``.

    Raises:
        BadReplyError: it is missing, or not that.
    """
    if name not in metrics:
        raise BadReplyError(f"{who} has no metric {name!r}; return MetricRecord({{{name!r}: ...}})")
    values = np.atleast_1d(np.asarray(metrics[name], dtype=np.float64))
    if values.shape not in ((1,), (size,)) or not np.all(np.isfinite(values) & (values >= 0.0)):
        raise BadReplyError(
            f"{who} has metric {name!r} = {metrics[name]!r:.60}; give one number, or {size}, "
            "finite and >= 0"
        )
    return np.array(np.broadcast_to(values, (size,)))
