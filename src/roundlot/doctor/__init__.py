"""What is installed, what each extra would add, which devices there are, and does it work."""

from roundlot.doctor.report import Report, examine

__all__ = ["Report", "examine"]
