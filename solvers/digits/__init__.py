"""Small problems in many digits, where those of float64 do not reach the optimum."""
