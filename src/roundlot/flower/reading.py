"""From Flower's replies to numbers; what cannot be used is refused by name, with a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.errors import BadReplyError
from roundlot.flower.flat import checked
from roundlot.flower.framework import ArrayRecord, Message, RecordDict
from roundlot.theory.arrays import FloatArray


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
