"""One function per figure: arrays or records in, matplotlib axes out, on ``ax`` when given."""

from roundlot.plot.bound import plot_bound
from roundlot.plot.budget_path import plot_path
from roundlot.plot.comparison import plot_comparison
from roundlot.plot.inclusion import plot_inclusion
from roundlot.plot.models import plot_models
from roundlot.plot.partition import plot_finish_times, plot_shard_values
from roundlot.plot.prediction import plot_prediction
from roundlot.plot.style import new_axes, paper_style, save_figure, svg_text
from roundlot.plot.training import plot_round_figure, plot_step_variance, plot_training
from roundlot.plot.water import plot_water

__all__ = [
    "new_axes",
    "paper_style",
    "plot_bound",
    "plot_comparison",
    "plot_finish_times",
    "plot_inclusion",
    "plot_models",
    "plot_path",
    "plot_prediction",
    "plot_round_figure",
    "plot_shard_values",
    "plot_step_variance",
    "plot_training",
    "plot_water",
    "save_figure",
    "svg_text",
]
