"""How near to the optimum an answer is proved to be, for all that is solved."""

#: A proved gap, or a relative miss of limits, above which nothing is returned.
ACCEPTED = 1e-9
