"""Other frameworks on the same fleet and networks, each by its own programming interface."""
