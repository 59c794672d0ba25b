"""Shards by speed against equal ones: seconds to the same loss, at the speeds of real phones."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from roundlot.plot import plot_training, save_figure
from roundlot.simulate.tasks import devices, mlp
from roundlot.simulate.training import LocalPlan, seconds_to_loss, train_on_shards
from roundlot.solvers import compare_partition, make_partition

images, labels = load_digits(return_X_y=True)
pixels = (images / 16.0).astype(np.float32)
x, held_x, y, held_y = train_test_split(
    pixels, labels, test_size=0.2, random_state=0, stratify=labels
)
speeds = devices(10, seed=0).speed
test = (torch.as_tensor(held_x), torch.as_tensor(held_y))
plan = LocalPlan(epochs=2, batch_size=16, learning_rate=0.1)

runs, target = {}, 0.5
for seed in range(3):
    made = make_partition(x, y, speeds, seed=seed)
    rows = compare_partition(made, x, seed=seed)
    for row in rows:
        history = train_on_shards(
            x, y, row.owner, speeds, mlp([64, 10]), rounds=40, plan=plan, test=test, seed=seed
        )
        runs.setdefault(row.label, []).append(history)

print(f"{made.n_workers} workers, {made.sizes.min()} to {made.sizes.max()} points each")
print(f"least value {made.value:.1f}, at best {made.upper_bound:.1f} (within {made.gap:.2%})")
for name, histories in runs.items():
    seconds = [seconds_to_loss(history, target) for history in histories]
    print(f"{name:<24}{np.mean(seconds):6.1f} s to a test loss of {target}")

figure = plot_training(runs, against="seconds", measure="loss").get_figure()
for path in ("partition_digits.svg", "partition_digits.pdf"):
    save_figure(figure, path)
