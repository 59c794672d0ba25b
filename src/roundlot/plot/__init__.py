"""One function per figure: a record or arrays in, matplotlib axes out, on ``ax`` when given.

The first argument of every function is the record that holds the figure: a solution, a comparison,
a bench, the result of a run. Where arrays make the same figure they may stand in its place. Without
``ax`` a figure of one column is made, in the paper's style; on axes of yours, your fonts and sizes
stay. No setting of matplotlib is different afterwards, and pyplot is not used.
"""

from roundlot.plot.audit import plot_audit
from roundlot.plot.bound import plot_bound
from roundlot.plot.budget_path import plot_path
from roundlot.plot.comparison import plot_comparison
from roundlot.plot.decision import plot_decision
from roundlot.plot.designs import plot_designs
from roundlot.plot.differences import plot_differences
from roundlot.plot.graphs import plot_links, plot_sweep
from roundlot.plot.inclusion import plot_inclusion
from roundlot.plot.models import plot_models
from roundlot.plot.partition import plot_finish_times, plot_shard_values
from roundlot.plot.prediction import plot_prediction
from roundlot.plot.prices import plot_prices
from roundlot.plot.sharing import plot_sharing
from roundlot.plot.stragglers import plot_deadlines, plot_descents, plot_finish
from roundlot.plot.style import new_axes, paper_style, save_figure, svg_text
from roundlot.plot.theorem import plot_theorem
from roundlot.plot.training import plot_round_figure, plot_step_variance, plot_training
from roundlot.plot.water import plot_water
from roundlot.plot.workers import plot_consensus, plot_workers

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
