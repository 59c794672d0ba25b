from roundlot.report.job import read_result as read_result
from roundlot.report.job import write_figures as write_figures
from roundlot.report.job import write_report as write_report
from roundlot.report.page import headline as headline
