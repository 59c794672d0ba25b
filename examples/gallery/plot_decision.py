"""
The budget that gets there soonest
==================================

A small budget needs many rounds, a large one long rounds: the slowest that is drawn
decides, and here all transfers share 0.5 Mbit/s at the server.
"""

import matplotlib.pyplot as plt

from roundlot.fleet import default_setup
from roundlot.plot import plot_decision
from roundlot.run import decide, prepare

case = prepare(default_setup().replaced({"fleet.first_clients": 20}))
decision = decide(case, target=1e-3, megabits=1.0, server_link=0.5)

fig, ax = plt.subplots(figsize=(5.0, 3.2), layout="constrained")
plot_decision(decision, ax=ax)
plt.show()
