"""A picture for every theorem: its bound beside what it bounds, computed without the theorem."""

from roundlot.plot.theorems.catalogue import PICTURES, picture, plot_theorem
from roundlot.plot.theorems.instance import Picture

__all__ = ["PICTURES", "Picture", "picture", "plot_theorem"]
