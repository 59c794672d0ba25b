"""A Flower app whose rounds are drawn by roundlot."""
