"""Local training on softmax regression: samples, updates, minima and constants of the loss."""
