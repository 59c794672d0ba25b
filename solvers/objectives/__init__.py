"""What probabilities are to make small: the sum of variances, the worst, a norm, participation."""
