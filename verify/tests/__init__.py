"""Statistical tests with stated error rates, at any time, and how many rounds they need."""
