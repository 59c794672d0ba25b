"""The engine of compiled loops: a chain of layers laid out in memory, then one loop per client."""
