"""Workers as processes that mix by torch.distributed, as a schedule says."""
