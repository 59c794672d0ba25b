"""The figure of docs/designs.md: predicted beside realised variance of every design.

Designs whose joint probabilities are not known have no prediction: only their dot is drawn.
Run: python benchmarks/design_plot.py docs/images/designs.svg
"""

import sys
from pathlib import Path

import numpy as np
from design_variance import ALIGNMENTS, BUDGET, ROUNDS, aligned
from matplotlib.figure import Figure

import roundlot as rl
from roundlot.plot.style import BLUE, DARK, ORANGE, paper_style
from roundlot.simulate import DESIGNS, design, simulate

QUANTILE = 2.5758293035489004  # 99 %, both sides


def main(path: Path) -> None:
    """Draw one panel for each alignment of the updates."""
    names = [kind.name for kind in DESIGNS if kind.name != "turns"]
    with paper_style():
        figure = Figure(figsize=(7.0, 2.3), layout="constrained")
        panels = figure.subplots(1, len(ALIGNMENTS), sharey=True)
        for ax, alignment in zip(panels, ALIGNMENTS, strict=True):
            _panel(ax, alignment, names)
        panels[0].set_yticks(range(len(names)), names)
        panels[0].set_ylim(len(names) - 0.4, -0.6)
        panels[1].set_xlabel("variance relative to independent draws")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _panel(ax, alignment, names):
    updates = aligned(alignment)
    p = rl.solve(rl.Problem(updates.scores, budget=BUDGET)).probabilities
    base = design(p).variance(updates)
    seen, widths, known = [], [], []
    for name in names:
        rule = design(p, name)
        errors = simulate(rule, updates, rounds=ROUNDS, seed=1, device="cpu").squared_error / base
        exact = rule.variance(updates)
        seen.append(errors.mean())
        widths.append(QUANTILE * errors.std() / np.sqrt(errors.size))
        known.append(np.nan if exact is None else exact / base)
    rows = np.arange(len(names))
    ax.plot(known, rows, "|", color=DARK, markersize=14, markeredgewidth=1.4, label="predicted")
    ax.errorbar(
        seen,
        rows,
        xerr=widths,
        fmt="o",
        color=BLUE,
        ecolor=ORANGE,
        markersize=3.5,
        capsize=2.5,
        label=f"realised, {ROUNDS:,} rounds, 99 % interval",
    )
    ax.set_title(f"ρ = {alignment:g}")
    ax.set_xlim(0.0, 1.1)
    ax.grid(axis="x")
    ax.tick_params(axis="y", length=0)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "designs.svg"))
