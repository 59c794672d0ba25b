"""One dual for costs, worst models, fairness and ceilings of variances, with every limit."""
