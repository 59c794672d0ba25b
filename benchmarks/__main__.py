"""Print the table: ``python -m benchmarks [base growth ...] [--out FILE.json]``."""

from __future__ import annotations

import argparse
import json
import os
from importlib import import_module
from pathlib import Path

# Every module has rows() -> iterator of Row. Slowest last.
MODULES = (
    "base",
    "growth",
    "family",
    "threads",
    "stream",
    "cone",
    "partition",
    "graphs",
    "training",
    "train_memory",
    "any_network",
    "regret",
    "audits",
)
FIRST = "One thread. Interleaved runs, least or median times; ratios within this run."
SEPARATE = {
    "threads": "\nTwo threads over one, least times of interleaved runs; free cores are needed.",
    "training": "\nTwo threads. Rounds of 100 ragged clients on digits; medians within this run.",
    "train_memory": "\nPeak memory of roundlot train, a process for each method.",
    "any_network": "\nOne thread. Rounds of 100 clients on digits; medians of processor times "
    "within this run.",
    "audits": "\nAudits that refute: of honest samplers at stated rates, and of planted faults; "
    "the interval is exact.",
    "regret": "\nRelative dynamic regret of online samplers, 200 rounds, 3 seeds.",
}
HEAD = ("what", "measured", "against", "ratio", "goal", "")


def main() -> None:
    """Run the modules named, or all; write nothing unless asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("modules", nargs="*", help=f"from {', '.join(MODULES)}; all if left out")
    parser.add_argument("--out", type=Path, help="also write the rows here, as JSON")
    parser.add_argument(
        "--peers", action="store_true", help="training: install the other frameworks first (large)"
    )
    given = parser.parse_args()
    unknown = set(given.modules) - set(MODULES)
    if unknown:
        parser.error(f"no module {', '.join(sorted(unknown))}; choose from {', '.join(MODULES)}")
    if given.peers:
        from benchmarks.training_peers import make

        make()
    if set(given.modules) != {"training"}:
        for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
            os.environ.setdefault(name, "1")
    records = []
    for name in given.modules or MODULES:
        if name in SEPARATE or not records:
            print(f"{SEPARATE.get(name, FIRST)}\n{_line(HEAD)}")
        for row in import_module(f"benchmarks.{name}").rows():
            mark = {None: "", True: "holds", False: "MISSED"}[row.holds]
            cells = (row.what, row.measured, row.against, f"{row.ratio:,.3g}", row.goal, mark)
            print(_line(cells), flush=True)
            records.append(row.record())
    if given.out is not None:
        given.out.write_text(json.dumps(records, indent=2) + "\n", "utf-8")


def _line(cells: tuple[str, ...]) -> str:
    widths = (48, 10, 28, 9, 14, 6)
    return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    main()
