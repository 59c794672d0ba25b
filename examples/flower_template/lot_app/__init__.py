"""A Flower app to copy: plain clients, rounds drawn by roundlot."""
