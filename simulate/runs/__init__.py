"""What runs with and without a server have in common: histories, checkpoints, paired seeds."""
