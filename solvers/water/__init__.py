"""The base problem: one level of water for arrays, tensors, streams and every budget at once."""
