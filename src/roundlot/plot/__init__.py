"""One function per figure: a record or arrays in, matplotlib axes out, on ``ax`` when given.

The first argument of every function is the record that holds the figure: a solution, a comparison,
a bench, the result of a run. Where arrays make the same figure they may stand in its place. Without
``ax`` a figure of one column is made, in the paper's style; on axes of yours, your fonts and sizes
stay. No setting of matplotlib is different afterwards, and pyplot is not used.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "figure_of": "plot.canvas",
    "partition_figures": "plot.figures",
    "new_axes": "plot.style",
    "paper_style": "plot.style",
    "plot_audit": "plot.intervals",
    "plot_bound": "plot.comparison",
    "plot_comparison": "plot.comparison",
    "plot_consensus": "plot.workers",
    "plot_deadlines": "plot.stragglers",
    "plot_decision": "plot.budget",
    "plot_descents": "plot.stragglers",
    "plot_designs": "plot.designs",
    "plot_differences": "plot.intervals",
    "plot_finish": "plot.stragglers",
    "plot_finish_times": "plot.stragglers",
    "plot_inclusion": "plot.allocation",
    "plot_links": "plot.workers",
    "plot_models": "plot.allocation",
    "plot_path": "plot.budget",
    "plot_prediction": "plot.intervals",
    "plot_prices": "plot.budget",
    "plot_round_figure": "plot.training",
    "plot_shard_values": "plot.stragglers",
    "plot_sharing": "plot.water",
    "plot_step_variance": "plot.training",
    "plot_sweep": "plot.workers",
    "plot_theorem": "plot.theorems",
    "plot_training": "plot.training",
    "plot_water": "plot.water",
    "plot_workers": "plot.workers",
    "save_figure": "plot.style",
    "svg_text": "plot.style",
}
__all__ = [
    "new_axes",
    "paper_style",
    "plot_audit",
    "plot_bound",
    "plot_comparison",
    "plot_consensus",
    "plot_deadlines",
    "plot_decision",
    "plot_descents",
    "plot_designs",
    "plot_differences",
    "plot_finish",
    "plot_finish_times",
    "plot_inclusion",
    "plot_links",
    "plot_models",
    "plot_path",
    "plot_prediction",
    "plot_prices",
    "plot_round_figure",
    "plot_shard_values",
    "plot_sharing",
    "plot_step_variance",
    "plot_sweep",
    "plot_theorem",
    "plot_training",
    "plot_water",
    "plot_workers",
    "save_figure",
    "svg_text",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.plot.allocation import plot_inclusion, plot_models
    from roundlot.plot.budget import plot_decision, plot_path, plot_prices
    from roundlot.plot.canvas import figure_of as figure_of
    from roundlot.plot.comparison import plot_bound, plot_comparison
    from roundlot.plot.designs import plot_designs
    from roundlot.plot.figures import partition_figures as partition_figures
    from roundlot.plot.intervals import plot_audit, plot_differences, plot_prediction
    from roundlot.plot.stragglers import (
        plot_deadlines,
        plot_descents,
        plot_finish,
        plot_finish_times,
        plot_shard_values,
    )
    from roundlot.plot.style import new_axes, paper_style, save_figure, svg_text
    from roundlot.plot.theorems import plot_theorem
    from roundlot.plot.training import plot_round_figure, plot_step_variance, plot_training
    from roundlot.plot.water import plot_sharing, plot_water
    from roundlot.plot.workers import plot_consensus, plot_links, plot_sweep, plot_workers
