"""Hostile instances, solved and judged by what owes nothing to a solver; a table by kind."""
