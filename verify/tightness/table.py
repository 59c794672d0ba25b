"""The table of ratios: every theorem's bound against what is attained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from roundlot.verify.tightness.case import SETTING, Case
from roundlot.verify.tightness.client_cases import CLIENT_CASES
from roundlot.verify.tightness.descent_cases import DESCENT_CASES
from roundlot.verify.tightness.enumerated_cases import BATCH_CASES, STALE_CASES
from roundlot.verify.tightness.growing_cases import GROWING_CASES
from roundlot.verify.tightness.lemma_cases import LEMMA_CASES
from roundlot.verify.tightness.network_cases import NETWORK_CASES
from roundlot.verify.tightness.sampling_cases import SAMPLING_CASES
from roundlot.verify.tightness.scheme_cases import SCHEMES, scheme_case

CASES = (
    *LEMMA_CASES,
    *SAMPLING_CASES,
    *STALE_CASES,
    *BATCH_CASES,
    *DESCENT_CASES,
    *GROWING_CASES,
    *CLIENT_CASES,
    *NETWORK_CASES,
)
_HEAD = (
    "| theorem | relation | bound / PEPit | bound / quadratics | setting |",
    "|---|---|---|---|---|",
)


@dataclass(frozen=True, kw_only=True)
class TightnessRow:
    """One line of the table.

    ``worst`` and ``quadratic`` are the bound over what PEPit's worst function and the worst of the
    quadratics attain (the other way round for a bound from below): 1 is tight, and a number below 1
    would refute the bound. None where the method does not apply or PEPit is not installed.
    """

    theorem: str
    relation: str
    worst: float | None
    quadratic: float | None
    setting: str

    def __str__(self) -> str:
        cells = (self.theorem, self.relation, _ratio(self.worst), _ratio(self.quadratic))
        return f"| {' | '.join(cells)} | {self.setting} |"


def measure_tightness(*, pepit: bool | None = None) -> tuple[TightnessRow, ...]:
    """Ratios for every theorem of the catalogue that has a case, and for five sampling schemes.

    ``pepit`` says whether to solve for worst cases; by default, if PEPit is installed.

    Raises:
        ImportError: ``pepit`` is asked for and missing.
    """
    wanted = pepit_installed() if pepit is None else pepit
    return tuple(_row(case, wanted) for case in (*CASES, *map(scheme_case, SCHEMES)))


def without_case() -> tuple[str, ...]:
    """Names of theorems in the catalogue whose tightness is not measured."""
    from roundlot.theory.theorems import CATALOGUE

    covered = {case.theorem for case in CASES}
    return tuple(theorem.name for theorem in CATALOGUE if theorem.name not in covered)


def tightness_table(rows: Sequence[TightnessRow]) -> str:
    """The rows as a Markdown table, with the setting and what is not measured."""
    lines = [f"Setting unless the row says otherwise: {SETTING}.", "", *_HEAD, *map(str, rows)]
    missing = without_case()
    if missing:
        lines += ["", f"Not measured: {', '.join(missing)}."]
    return "\n".join(lines)


def pepit_installed() -> bool:
    """Whether PEPit can be imported."""
    return find_spec("PEPit") is not None


def _row(case: Case, pepit: bool) -> TightnessRow:
    bound = case.bound()

    def ratio(attained: float) -> float:
        return attained / bound if case.lower else bound / attained

    return TightnessRow(
        theorem=case.theorem,
        relation=case.relation or _relation(case.theorem),
        worst=ratio(case.worst()) if pepit and case.worst is not None else None,
        quadratic=None if case.quadratic is None else ratio(case.quadratic()),
        setting=case.setting,
    )


def _relation(theorem: str) -> str:
    from roundlot.theory.theorems import named

    return str(named(theorem).relation)


def _ratio(value: float | None) -> str:
    """Six digits after the point near 1, so that 1.000000 is tight within 1e-6; else four."""
    if value is None:
        return "–"
    return f"{value:.6f}" if abs(value - 1.0) < 1e-3 else f"{value:.4g}"
