"""What proves an optimum: prices, a lower bound, feasibility, certificates, fractions."""
