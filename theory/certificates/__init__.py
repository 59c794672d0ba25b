"""What a certificate claims, and whether it is so: arithmetic that knows no solver.

A certificate is a problem, probabilities, prices and four numbers: objective, lower bound, gap and
variance. Everything here starts from the problem as it was given and computes the numbers afresh,
in fractions for small problems, in floats with every rounding counted for large ones.
"""

from roundlot.theory.certificates.claim import Claim, Goal, Prices, claim_of
from roundlot.theory.certificates.feasibility import infeasibilities
from roundlot.theory.certificates.findings import Findings, examine

__all__ = ["Claim", "Findings", "Goal", "Prices", "claim_of", "examine", "infeasibilities"]
