"""Limits that couple processors: prices of a few rows by a dual Newton method."""
