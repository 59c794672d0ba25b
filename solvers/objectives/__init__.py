"""What a design is to make small: the sum of variances, the worst, a norm, participation."""
