"""
A figure of two columns for a paper
===================================

Inside ``paper_style`` figures have the width, fonts and line widths of a two-column paper. Nothing
of it is left afterwards. ``save_figure`` embeds the fonts and writes the same bytes each time.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

import roundlot as rl
from roundlot.fleet import default_setup
from roundlot.plot import paper_style, plot_comparison, plot_inclusion, save_figure

fleet = default_setup().fleet
problem = fleet.problem(fleet.weights, budget=0.2 * fleet.n_processors)
solution, comparison = rl.solve(problem), rl.compare(problem)

with paper_style(columns=2):
    fig, (left, right) = plt.subplots(1, 2)
    plot_inclusion(solution, ax=left)
    plot_comparison(comparison, ax=right)
    with TemporaryDirectory() as folder:
        save_figure(fig, f"{folder}/allocation.pdf")

# %%
# Without axes, a figure of one column is made, ready to save. It is not one of pyplot's.

one_column = plot_inclusion(solution).figure
print(one_column.get_size_inches())
plt.show()
