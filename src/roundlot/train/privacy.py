"""The privacy that private runs spent, by the accountant of a library (extra ``privacy``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.extras import install_command
from roundlot.simulate.training import History, Privacy
from roundlot.simulate.training.privacy import RATE
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn

#: Orders of Rényi's divergence that are tried: whole ones, whose sums are finite.
_ORDERS = (*range(2, 257), 512, 1024)


def epsilon(rates: npt.ArrayLike, noise: float, delta: float) -> float:
    """``ε`` of rounds in which each client is drawn with chances of at most ``rates`` ``(T,)``.

    Poisson draws with Gaussian noise of ``noise`` times the sensitivity, composed by Rényi's
    divergence (`dp_accounting.rdp.RdpAccountant`); neighbours differ by one client's updates.

    Raises:
        InvalidProblemError: the library is not installed; says how to.
    """
    if not is_accounted():
        raise InvalidProblemError(
            f"dp-accounting is not installed, so there is no epsilon: {install_command('privacy')}"
        )
    from dp_accounting import dp_event
    from dp_accounting.rdp import RdpAccountant

    accountant = RdpAccountant(_ORDERS)
    for rate, rounds in zip(*np.unique(np.asarray(rates, float), return_counts=True), strict=True):
        if rate > 0.0:
            gaussian = dp_event.GaussianDpEvent(noise)
            event = dp_event.PoissonSampledDpEvent(float(rate), gaussian)
            accountant.compose(event, int(rounds))
    return float(accountant.get_epsilon(delta))


def is_accounted() -> bool:
    """Whether the accountant's library is there."""
    return find_spec("dp_accounting") is not None


def warn_of_no_accountant(privacy: Privacy | None) -> None:
    """Say at the start that there will be no ``ε``, and what to install."""
    if privacy is not None and privacy.noise and not is_accounted():
        warn(
            "the steps get noise, but their epsilon is not computed, for dp-accounting is not"
            f" installed: {install_command('privacy')}"
        )


def spent(
    privacy: Privacy | None, histories: Mapping[str, Sequence[History]]
) -> tuple[dict[str, Any], ...]:
    """``ε`` of every method's worst seed, NaN without the library; nothing without noise."""
    if privacy is None or not privacy.noise:
        return ()
    rows = []
    for name, runs in histories.items():
        worst = float("nan")
        if is_accounted():
            worst = max(
                epsilon(np.nan_to_num(run.figures[RATE]), privacy.noise, privacy.delta)
                if RATE in run.figures
                else 0.0
                for run in runs
            )
        rows.append({"method": name, "epsilon": worst, "delta": privacy.delta})
    return tuple(rows)
