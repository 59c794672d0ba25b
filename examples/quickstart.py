"""Whom to hear: the optimal sampling probabilities of a small fleet, in five lines."""

import roundlot as rl

problem = rl.Problem([[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]], budget=2)
solution = rl.solve(problem)
print(solution.probabilities.round(3), f"variance {solution.variance:.3f}")
print(f"optimal within {solution.certificate.gap:.0e}, proved")
print(rl.compare(problem))
