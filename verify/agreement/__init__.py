"""Whether theory, solvers and simulations agree: one check for every claim, with error rates."""
