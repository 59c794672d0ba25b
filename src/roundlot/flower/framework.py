"""Flower's names, in one place; without Flower one line that says what to install."""

from roundlot.extras import install_command

try:
    from flwr.app import (
        Array,
        ArrayRecord,
        ConfigRecord,
        Message,
        MessageType,
        MetricRecord,
        RecordDict,
    )
    from flwr.serverapp import Grid
    from flwr.serverapp.strategy import Strategy
except ImportError as error:
    raise ImportError(
        f"roundlot's strategy needs Flower: {install_command('flower')} ({error})"
    ) from None

__all__ = [
    "Array",
    "ArrayRecord",
    "ConfigRecord",
    "Grid",
    "Message",
    "MessageType",
    "MetricRecord",
    "RecordDict",
    "Strategy",
]
