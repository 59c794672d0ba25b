"""From theorems to rounds: schedules of steps, rounds to a target, what to buy, constants."""
