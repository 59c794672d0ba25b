"""The table of ratios: every theorem's bound against what is attained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from roundlot.theory.theorems import CATALOGUE, named
from roundlot.verify.tightness.client_examples import CLIENT_EXAMPLES
from roundlot.verify.tightness.descent_examples import DESCENT_EXAMPLES, GROWING_EXAMPLES
from roundlot.verify.tightness.example import SETTING, Example
from roundlot.verify.tightness.fair_examples import FAIR_EXAMPLES
from roundlot.verify.tightness.fedavg_examples import FEDAVG_EXAMPLES
from roundlot.verify.tightness.gain_examples import GAIN_EXAMPLES
from roundlot.verify.tightness.gradient_examples import GRADIENT_EXAMPLES
from roundlot.verify.tightness.joint_examples import JOINT_EXAMPLES
from roundlot.verify.tightness.leader_examples import LEADER_EXAMPLES
from roundlot.verify.tightness.network_examples import LEMMA_EXAMPLES, NETWORK_EXAMPLES
from roundlot.verify.tightness.path_examples import PATH_EXAMPLES
from roundlot.verify.tightness.rounds_examples import ROUNDS_EXAMPLES
from roundlot.verify.tightness.sampling_examples import (
    BATCH_EXAMPLES,
    SAMPLING_EXAMPLES,
    SCHEMES,
    STALE_EXAMPLES,
    scheme_example,
)
from roundlot.verify.tightness.scaffold_examples import SCAFFOLD_EXAMPLES
from roundlot.verify.tightness.skew_examples import SKEW_EXAMPLES
from roundlot.verify.tightness.stale_examples import STALE_ROUND_EXAMPLES
from roundlot.verify.tightness.window_examples import WINDOW_EXAMPLES

EXAMPLES = (
    *LEMMA_EXAMPLES,
    *SAMPLING_EXAMPLES,
    *GAIN_EXAMPLES,
    *JOINT_EXAMPLES,
    *STALE_EXAMPLES,
    *BATCH_EXAMPLES,
    *DESCENT_EXAMPLES,
    *GROWING_EXAMPLES,
    *GRADIENT_EXAMPLES,
    *PATH_EXAMPLES,
    *CLIENT_EXAMPLES,
    *ROUNDS_EXAMPLES,
    *SKEW_EXAMPLES,
    *FEDAVG_EXAMPLES,
    *FAIR_EXAMPLES,
    *WINDOW_EXAMPLES,
    *STALE_ROUND_EXAMPLES,
    *SCAFFOLD_EXAMPLES,
    *NETWORK_EXAMPLES,
    *LEADER_EXAMPLES,
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
    """Ratios for every theorem of the catalogue that has an example, and for five sampling schemes.

    ``pepit`` says whether to solve for worst cases; by default, if PEPit is installed.

    Raises:
        ImportError: ``pepit`` is asked for and missing.
    """
    wanted = pepit_installed() if pepit is None else pepit
    return tuple(_row(example, wanted) for example in (*EXAMPLES, *map(scheme_example, SCHEMES)))


def without_example() -> tuple[str, ...]:
    """Names of theorems in the catalogue whose tightness is not measured."""
    covered = {example.theorem for example in EXAMPLES}
    return tuple(theorem.name for theorem in CATALOGUE if theorem.name not in covered)


def tightness_table(rows: Sequence[TightnessRow]) -> str:
    """The rows as a Markdown table, with the setting and what is not measured."""
    lines = [f"Setting unless the row says otherwise: {SETTING}.", "", *_HEAD, *map(str, rows)]
    missing = without_example()
    if missing:
        lines += ["", f"Not measured: {', '.join(missing)}."]
    return "\n".join(lines)


def pepit_installed() -> bool:
    """Whether PEPit can be imported."""
    return find_spec("PEPit") is not None


def _row(example: Example, pepit: bool) -> TightnessRow:
    bound = example.bound()

    def ratio(attained: float) -> float:
        return attained / bound if example.lower else bound / attained

    return TightnessRow(
        theorem=example.theorem,
        relation=example.relation or _relation(example.theorem),
        worst=ratio(example.worst()) if pepit and example.worst is not None else None,
        quadratic=None if example.quadratic is None else ratio(example.quadratic()),
        setting=example.setting,
    )


def _relation(theorem: str) -> str:
    return str(named(theorem).relation)


def _ratio(value: float | None) -> str:
    """Six digits after the point near 1, so that 1.000000 is tight within 1e-6; else four."""
    if value is None:
        return "–"
    return f"{value:.6f}" if abs(value - 1.0) < 1e-3 else f"{value:.4g}"
