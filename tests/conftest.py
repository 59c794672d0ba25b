"""Property tests draw the same examples each time; HYPOTHESIS_PROFILE=fresh draws new ones."""

import os

from hypothesis import HealthCheck, settings

_SLOW_MACHINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "fixed", derandomize=True, deadline=None, max_examples=50, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile(
    "fresh", deadline=None, max_examples=300, suppress_health_check=_SLOW_MACHINE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
