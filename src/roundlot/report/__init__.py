"""The report of a run: one page that needs nothing else, figures, tables, the record itself."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "headline": "report.page",
    "read_result": "report.job",
    "write_figures": "report.job",
    "write_report": "report.job",
}
__all__ = ["headline", "read_result", "write_figures", "write_report"]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.report.job import read_result, write_figures, write_report
    from roundlot.report.page import headline
