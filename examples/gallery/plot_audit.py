"""
The claims of a sampler, audited
================================

Two samplers draw the same three clients. One divides by the probability that it draws with, the
other by a little more. Grey is what an audit of this length is not sure to see.
"""

import matplotlib.pyplot as plt
import numpy as np

from roundlot.plot import plot_audit
from roundlot.verify import audit

p, weights = np.array([0.2, 0.5, 0.9]), np.array([0.5, 0.3, 0.2])


def sampler(divisor):
    def draw(rng):
        drawn = np.flatnonzero(rng.random(3) < p)
        return drawn, weights[drawn] / divisor[drawn]

    return draw


fig, axes = plt.subplots(2, 1, figsize=(5.0, 5.6), layout="constrained")
for ax, divisor in zip(axes, (p, p + 0.1), strict=True):
    found = audit(
        sampler(divisor), claimed=p, weights=weights, budget=2, discrepancy=0.3, stop_early=False
    )
    plot_audit(found, ax=ax)
    print(found.outcome)
plt.show()
