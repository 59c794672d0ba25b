"""How near to the optimum an answer is proved to be, for all that is solved."""

#: A proved gap, or a relative miss of limits, above which nothing is returned.
ACCEPTED = 1e-9
#: What gives sums room: less than that may be below what rounding of all terms adds up to.
LOOSEN = "lower the floors of sums, or raise the limits that they meet, by 1e-13 of themselves"
