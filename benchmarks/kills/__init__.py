"""Programs that are interrupted, terminated and killed at random moments, and what that cost."""
