"""Small pieces of real work: does what is installed also load and compute?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from roundlot import solvers, theory

CHOICE = "NUMBA_CACHE_DIR"


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """One piece of work, and whether it went as it must."""

    name: str
    works: bool
    detail: str


def checks() -> tuple[Check, ...]:
    """All of them; a package that fails to load fails its check and stops no other."""
    return tuple(_attempt(name, check) for name, check in _CHECKS.items())


def _attempt(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    try:
        works, detail = check()
    except Exception as error:  # whatever a broken installation raises is the finding
        works, detail = False, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return Check(name=name, works=works, detail=detail)


def _solving() -> tuple[bool, str]:
    """Scores 1 and 3 share one draw as 1 to 3."""
    import numpy as np

    solution = solvers.solve(theory.Problem([[1.0], [3.0]], budget=1))
    right = bool(np.allclose(solution.probabilities, [[0.25], [0.75]], rtol=1e-12, atol=0))
    right = right and solution.certificate.verify()
    return right, "a small problem is solved, its certificate verified"


def _conic() -> tuple[bool, str]:
    import numpy as np

    solution = solvers.solve(theory.Problem([[1.0], [3.0]], budget=1), method="conic")
    right = bool(np.allclose(solution.probabilities, [[0.25], [0.75]], rtol=1e-4))
    return right, "cvxpy and clarabel find the same optimum"


def _cache() -> tuple[bool, str]:
    """Numba keeps what it compiled beside the sources, or where its variable says."""
    chosen = os.environ.get(CHOICE)
    folder = Path(chosen) if chosen else Path(solvers.__file__).parent / "__pycache__"
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if _writable(nearest):
        return True, "compiled loops are kept between runs"
    if not chosen and _writable(Path(tempfile.gettempdir())):
        return True, f"not beside the sources; numba chooses a place of its own, or set {CHOICE}"
    return False, f"compiled loops cannot be kept: set {CHOICE} to a folder that can be written"


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _devices() -> tuple[bool, str]:
    """Every device that torch sees does one sum."""
    import torch

    names = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        names.append("mps")
    sums = [float(torch.ones(3, device=name).sum()) for name in names]
    told = [_told(name) for name in names]
    return sums == [3.0] * len(names), f"torch {torch.__version__}: {', '.join(told)}"


def _told(name: str) -> str:
    import torch

    if not name.startswith("cuda"):
        return f"{name} ({torch.get_num_threads()} threads)" if name == "cpu" else name
    about = torch.cuda.get_device_properties(name)
    return f"{name} ({about.name}, {about.total_memory / 2**30:.0f} GiB)"


_CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "solve": _solving,
    "conic": _conic,
    "numba cache": _cache,
    "devices": _devices,
}
