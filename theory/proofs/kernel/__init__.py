"""The kernel: judges proofs written as data. Exact fractions, no SymPy, nothing else of ours."""
