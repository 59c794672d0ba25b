"""A user's mistakes: both type checkers must find every one, or they say that its mark is unused."""

# pyright: basic, reportUnnecessaryTypeIgnoreComment=true

import roundlot as rl

problem = rl.Problem([[1.0, 0.2], [2.0, 0.0]], budget=1)
text: str = rl.solve(problem).certificate.gap  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
rl.solve([[1.0]])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
rl.solve(problem, objektive="max")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
rl.solve(problem, objective="typo")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
rl.solve(problem, method="exakt")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
rl.design(rl.solve(problem), "pivotl")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
rl.simulate_rounds(rl.solve(problem), rounds=5, design="pivotl")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
rl.Problem([[1.0]])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
text = rl.Solv  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
rl.compare(problem).line  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
