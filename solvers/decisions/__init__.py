"""What an optimum decides: the least budget or cost, whole draws, the shortest time to a target."""
