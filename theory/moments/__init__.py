"""Moments of the estimator: means, variances and fourth moments of what a round draws."""

from roundlot.theory.moments.blocks import blocks_model_variance
from roundlot.theory.moments.estimator import (
    cross_model_covariance,
    expected_draws,
    expected_uploads,
    given_turn,
    joint_covariance,
    joint_variance,
    model_objective,
    model_variance,
    participation_variance,
    turns_expected_uploads,
    turns_model_variance,
    turns_participation_variance,
    yates_grundy_variance,
)

__all__ = [
    "blocks_model_variance",
    "cross_model_covariance",
    "expected_draws",
    "expected_uploads",
    "given_turn",
    "joint_covariance",
    "joint_variance",
    "model_objective",
    "model_variance",
    "participation_variance",
    "turns_expected_uploads",
    "turns_model_variance",
    "turns_participation_variance",
    "yates_grundy_variance",
]
