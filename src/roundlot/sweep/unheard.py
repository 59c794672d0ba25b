"""Loaded by workers of this machine first: Ctrl-C is for the main process, which ends them."""

from __future__ import annotations

import signal
import threading
from typing import Any


def dask_setup(worker: Any) -> None:
    """Dask calls this when a worker starts; a thread of the main process is left alone."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
