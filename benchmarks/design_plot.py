"""The figure of docs/designs.md: predicted beside realised variance of every design.

Designs whose joint probabilities are not known have no prediction: only their dot is drawn.
Run: python benchmarks/design_plot.py docs/images/designs.svg
"""

import sys
from pathlib import Path

from design_variance import ALIGNMENTS, BUDGET, ROUNDS, aligned
from matplotlib.figure import Figure

import roundlot as rl
from roundlot.plot import paper_style, plot_designs, save_figure
from roundlot.simulate import DESIGNS, design, simulate


def main(path: Path) -> None:
    """Draw one panel for each alignment of the updates."""
    with paper_style(columns=2):
        figure = Figure(figsize=(7.1, 2.5))
        panels = figure.subplots(1, len(ALIGNMENTS), sharey=True)
        for ax, alignment in zip(panels, ALIGNMENTS, strict=True):
            _panel(ax, alignment)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
        panels[1].set_xlabel("variance relative to independent draws")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_figure(figure, path)


def _panel(ax, alignment):
    updates = aligned(alignment)
    p = rl.solve(rl.Problem(updates.scores, budget=BUDGET)).probabilities
    rules = {
        kind.name: design(p, kind.name) for kind in DESIGNS if kind.name not in ("turns", "blocks")
    }
    seen = {
        name: simulate(rule, updates, rounds=ROUNDS, seed=1, device="cpu")
        for name, rule in rules.items()
    }
    known = {name: rule.variance(updates) for name, rule in rules.items()}
    plot_designs(seen, known, relative_to=known["independent"], ax=ax)
    ax.get_legend().remove()  # One for all panels.
    ax.set_xlabel("")
    ax.set_title(f"ρ = {alignment:g}")
    ax.set_xlim(0.0, 1.1)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "designs.svg"))
