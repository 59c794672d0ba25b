"""One function per figure: a record or arrays in, matplotlib axes out, on ``ax`` when given.

The first argument of every function is the record that holds the figure: a solution, a comparison,
a bench, the result of a run. Where arrays make the same figure they may stand in its place. Without
``ax`` a figure of one column is made, in the paper's style; on axes of yours, your fonts and sizes
stay. No setting of matplotlib is different afterwards, and pyplot is not used.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, inner=("figure_of", "partition_figures"))
