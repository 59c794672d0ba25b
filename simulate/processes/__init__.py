"""Several processes that share the clients of a training."""
