"""Small linear algebra on one thread: on a busy machine BLAS threads wait for each other.

A factorisation of 32 rows takes microseconds, and a hundred times that when several threads have
to meet at every call.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

SMALL = 300  # rows up to which one thread is as fast as several


def one_thread(rows: int) -> AbstractContextManager[Any]:
    """A context for matrices of so many rows: if they are small, BLAS uses one thread within.

    The number of threads is the process's; it is as before afterwards.
    """
    if rows > SMALL:
        return nullcontext()
    limits: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limits


@cache
def _libraries() -> Any:
    """NumPy's and SciPy's BLAS, looked up once: that takes milliseconds."""
    import scipy.linalg  # noqa: F401  (loads its library, to be found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
