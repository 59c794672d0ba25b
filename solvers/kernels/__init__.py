"""Loops compiled by Numba: what is added up, and what every entry, row and group gets."""
