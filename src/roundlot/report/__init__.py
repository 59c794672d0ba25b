"""The report of a run: one page that needs nothing else, figures, tables, the record itself."""

from roundlot.report.folder import read_result, write_figures, write_report
from roundlot.report.headline import headline

__all__ = ["headline", "read_result", "write_figures", "write_report"]
