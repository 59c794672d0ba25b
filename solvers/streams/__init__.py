"""Any upper limits over rows that come in blocks: dual sums, proofs and exact sums add up."""
