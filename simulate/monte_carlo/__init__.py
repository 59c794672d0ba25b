"""Monte Carlo over rounds: what a design's draws make of updates, gathered or by products."""
