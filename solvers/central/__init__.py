"""The central path: sums that are bounded from below as well as from above, by interior points."""
