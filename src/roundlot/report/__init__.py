"""The report of a run: one page that needs nothing else, figures, tables, the record itself."""

from roundlot.report.headline import headline
from roundlot.report.read import read_result, write_figures
from roundlot.report.write import write_report

__all__ = ["headline", "read_result", "write_figures", "write_report"]
