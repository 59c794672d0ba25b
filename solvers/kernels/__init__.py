"""Loops compiled by Numba: what is added up, and what every entry, row and group gets.

They load, and Numba with them, when one is first called.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

__all__ = [
    "BLOCK_ROWS",
    "DIGITS",
    "RUN",
    "UNIT",
    "Moving",
    "Paid",
    "Pass",
    "Tables",
    "add_exactly",
    "base_piece",
    "box_piece",
    "box_roots",
    "box_terms",
    "carry",
    "evaluate",
    "exact_sum",
    "exact_value",
    "excess",
    "faithful_piece",
    "faithful_sum",
    "fit_rows",
    "free_terms",
    "moment_sum",
    "rough_weighted_sum",
    "row_roots",
    "row_sums",
    "shared_faithful_piece",
    "spent_by_row",
    "sum_by_label",
    "sum_by_model",
    "summed",
    "used_at_zero",
    "walk",
    "weighted_sum",
    "wide_faithful_sum",
    "write_boxes",
    "write_neatly",
    "write_surely",
]

_HOME = {
    "base_piece": "solvers.kernels.base",
    "faithful_piece": "solvers.kernels.base",
    "row_roots": "solvers.kernels.base",
    "shared_faithful_piece": "solvers.kernels.base",
    "summed": "solvers.kernels.base",
    "write_neatly": "solvers.kernels.base",
    "write_surely": "solvers.kernels.base",
    "box_terms": "solvers.kernels.bound",
    "moment_sum": "solvers.kernels.bound",
    "free_terms": "solvers.kernels.bound",
    "spent_by_row": "solvers.kernels.bound",
    "box_piece": "solvers.kernels.boxes",
    "box_roots": "solvers.kernels.boxes",
    "fit_rows": "solvers.kernels.boxes",
    "used_at_zero": "solvers.kernels.boxes",
    "write_boxes": "solvers.kernels.boxes",
    "BLOCK_ROWS": "solvers.kernels.newton",
    "Paid": "solvers.kernels.newton",
    "Pass": "solvers.kernels.newton",
    "Tables": "solvers.kernels.newton",
    "evaluate": "solvers.kernels.newton",
    "Moving": "solvers.kernels.path",
    "walk": "solvers.kernels.path",
    "DIGITS": "solvers.kernels.sums",
    "RUN": "solvers.kernels.sums",
    "UNIT": "solvers.kernels.sums",
    "add_exactly": "solvers.kernels.sums",
    "carry": "solvers.kernels.sums",
    "exact_sum": "solvers.kernels.sums",
    "exact_value": "solvers.kernels.sums",
    "excess": "solvers.kernels.sums",
    "faithful_sum": "solvers.kernels.sums",
    "rough_weighted_sum": "solvers.kernels.sums",
    "row_sums": "solvers.kernels.sums",
    "sum_by_label": "solvers.kernels.sums",
    "sum_by_model": "solvers.kernels.sums",
    "weighted_sum": "solvers.kernels.sums",
    "wide_faithful_sum": "solvers.kernels.sums",
}

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.kernels.base import (
        base_piece,
        faithful_piece,
        row_roots,
        shared_faithful_piece,
        summed,
        write_neatly,
        write_surely,
    )
    from roundlot.solvers.kernels.bound import box_terms, free_terms, moment_sum, spent_by_row
    from roundlot.solvers.kernels.boxes import (
        box_piece,
        box_roots,
        fit_rows,
        used_at_zero,
        write_boxes,
    )
    from roundlot.solvers.kernels.newton import BLOCK_ROWS, Paid, Pass, Tables, evaluate
    from roundlot.solvers.kernels.path import Moving, walk
    from roundlot.solvers.kernels.sums import (
        DIGITS,
        RUN,
        UNIT,
        add_exactly,
        carry,
        exact_sum,
        exact_value,
        excess,
        faithful_sum,
        rough_weighted_sum,
        row_sums,
        sum_by_label,
        sum_by_model,
        weighted_sum,
        wide_faithful_sum,
    )
