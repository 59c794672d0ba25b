"""A picture for every theorem: its bound beside what it bounds, computed without the theorem."""

from roundlot.gallery.catalogue import PICTURES, picture
from roundlot.gallery.picture import Picture
from roundlot.plot.theorem import plot_theorem as plot_picture

__all__ = ["PICTURES", "Picture", "picture", "plot_picture"]
