from roundlot.report.job import read_result as read_result
from roundlot.report.job import write_figures as write_figures
from roundlot.report.job import write_report as write_report
from roundlot.report.merged import compared as compared
from roundlot.report.merged import left_out as left_out
from roundlot.report.page import headline as headline
