"""Audits of anybody's sampler: claims, draws in any form, checks that share one error rate."""
