"""Monte Carlo over rounds: draw, aggregate, and measure how far each step is from the full one.

On the CPU a round gathers only the directions that were drawn: at a tenth of the processors drawn
that beats the dense product of 0/1 masks by four times in float64, and every round's sum is the
same bits in any chunking and on any number of threads. On a GPU it is a dense product over
clients. Both merge the draws of a client first, so both multiply ``N`` rows and not ``V``; in
bfloat16 pieces, draws of a client with one weight and probability.
"""

from __future__ import annotations

import time

import numpy as np

from roundlot.simulate.designs import Design
from roundlot.simulate.devices import chosen_device, worker_count
from roundlot.simulate.monte_carlo.arithmetic import PIECES, chosen_arithmetic
from roundlot.simulate.monte_carlo.chunks import Progress, Work, rounds_at_a_time, run_chunks
from roundlot.simulate.monte_carlo.dense import on_torch, torch_bytes
from roundlot.simulate.monte_carlo.gather import cpu_bytes, on_cpu
from roundlot.simulate.monte_carlo.preparation import Prepared, prepare
from roundlot.simulate.monte_carlo.realised import Realised, Tally
from roundlot.simulate.philox import check_rounds, key_words
from roundlot.simulate.updates import Updates
from roundlot.theory import InvalidProblemError
from roundlot.theory.choices import Arithmetic, EngineName
from roundlot.theory.errors import in_one_line, warn
from roundlot.theory.kinds import is_whole
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position

_MEMORY = {"cpu": 2**28, "cuda": 2**32}  # bytes to work in
# few enough to report on progress; a GPU wants many at once
_MOST_ROUNDS = {"cpu": 2**12, "cuda": 2**16}
_ENGINES = ("auto", "gather", "dense", "fused")


@by_position()
def simulate(
    design: Design,
    updates: Updates,
    *,
    rounds: int,
    seed: int = 0,
    start: int = 0,
    device: str = "auto",
    chunk: int | None = None,
    workers: int | None = None,
    memory: int | None = None,
    arithmetic: Arithmetic = "auto",
    engine: EngineName = "auto",
    covariance: bool = False,
    progress: Progress | None = None,
) -> Realised:
    """Realised squared errors, aggregate weights and traffic of ``rounds`` rounds.

    Args:
        design: who trains what, ``(V, S)``.
        updates: what they would send, of the same ``V`` and ``S``.
        rounds: how many, at least 1; numbered from ``start``, and a function of (seed, number).
        device: "cpu", "cuda", "cuda:1", ...; "auto" takes a GPU if there is one.
        chunk: rounds at a time; by default as many as fit in ``memory`` bytes.
        memory: bytes to work in, beside updates and results; by default 256 MiB, 4 GiB of a GPU's.
        workers: CPU threads; by default as many as Numba was given.
        arithmetic: "float64" or "float32", to which the directions are rounded; "bf16 pieces",
            float32's accuracy at a third of the rate of bfloat16 products (see
            ``simulate/monte_carlo/arithmetic.py``). "auto": as the updates hold them where they are
            gathered; pieces on the GPUs that gain from them, by kind (A100, H100, H200, B200);
            float64 elsewhere. Gathering adds in float64 always; dense products are added in
            float32, without TF32, unless in float64. Squares are added in float64.
        engine: "gather", the drawn directions only (CPU); "dense", products in torch; "fused",
            the same with independent draws and sums compiled by torch into one pass over memory
            each, which takes a compiler and seconds at first, for millions of rounds on a GPU;
            "auto" takes "gather" on a CPU, "dense" on a GPU.
        covariance: keep ``⟨Δ_s − U_s, Δ_t − U_t⟩`` of every round; models of one dimension. The
            directions are then not reduced.
        progress: called with (rounds done, rounds) after every chunk, on the calling thread.

    Raises:
        InvalidProblemError: a design and updates of different shapes, an unknown device or
            arithmetic, a number of rounds, a chunk, memory or workers below 1; an engine that is
            not for the device; updates beyond float32 where that is asked for; the covariance of
            models of different dimensions.

    Warns:
        RoundlotWarning: pairs that hold an update and are never drawn; the errors then include
            the bias.
    """
    began = time.perf_counter()
    _refuse(design, updates, rounds=rounds, chunk=chunk, memory=memory)
    check_rounds(rounds, start)
    key_words(seed)
    _warn_unheard(design, updates)
    place = chosen_device(device)
    dense = _dense(engine, place)
    numbers = chosen_arithmetic(arithmetic, place, dense=dense)
    pieces = numbers == PIECES
    stored = "float64" if pieces else numbers
    _refuse_products(updates, covariance)
    reduce = False if covariance else None
    prepared = prepare(design, updates, rounds, stored, reduce=reduce, device=place)
    tally = Tally.empty(rounds, (design.n_processors, design.n_models), products=covariance)
    work, cost = _plan(
        design,
        updates,
        prepared,
        tally,
        seed=seed,
        start=start,
        device=place,
        dense=dense,
        pieces=pieces,
        fuse=engine == "fused",
    )
    threads = 1 if dense else worker_count(workers)
    kind = place.partition(":")[0]
    room, most = memory or _MEMORY[kind], _MOST_ROUNDS[kind]
    size = chunk or rounds_at_a_time(rounds, cost, room, threads, most=most)
    run_chunks(work, rounds, size, threads=threads, progress=progress)
    return _realised(
        tally,
        design=design.name,
        seed=int(seed),
        start=int(start),
        device=place,
        dtype=PIECES if pieces else str(np.result_type(*prepared.directions)),
        seconds=time.perf_counter() - began,
    )


def _plan(
    design: Design,
    updates: Updates,
    prepared: Prepared,
    tally: Tally,
    *,
    seed: int,
    start: int,
    device: str,
    dense: bool,
    pieces: bool,
    fuse: bool,
) -> tuple[Work, int]:
    """The work of a chunk and its bytes per round."""
    if not dense:
        work = on_cpu(design, updates, prepared, tally, seed=seed, start=start)
        return work, cpu_bytes(design, prepared, tally)
    work = on_torch(
        design,
        updates,
        prepared,
        tally,
        seed=seed,
        start=start,
        device=device,
        pieces=pieces,
        fuse=fuse,
    )
    covariance = tally.products.size > 0
    return work, torch_bytes(design, updates, prepared, pieces=pieces, covariance=covariance)


def _realised(
    tally: Tally, *, design: str, seed: int, start: int, device: str, dtype: str, seconds: float
) -> Realised:
    total = tally.model_squared_error.sum(axis=1)
    columns = (tally.model_squared_error, tally.aggregate_weight, tally.draws, tally.uploads)
    for array in (total, *columns, tally.counts, tally.products):
        array.flags.writeable = False
    return Realised(
        squared_error=total,
        model_squared_error=tally.model_squared_error,
        aggregate_weight=tally.aggregate_weight,
        draws=tally.draws,
        uploads=tally.uploads,
        counts=tally.counts,
        model_products=tally.products,
        design=design,
        seed=seed,
        start=start,
        device=device,
        dtype=dtype,
        seconds=seconds,
    )


def _refuse(
    design: Design, updates: Updates, *, rounds: int, chunk: int | None, memory: int | None
) -> None:
    drawn, held = design.probabilities.shape, updates.weights.shape
    if drawn != held:
        raise InvalidProblemError(
            f"the design draws for {drawn[0]} processors x {drawn[1]} models, the updates are of "
            f"{held[0]} x {held[1]}; make both from one fleet"
        )
    for name, value in (("rounds", rounds), ("chunk", chunk), ("memory", memory)):
        if value is not None and not is_whole(value):
            raise InvalidProblemError(f"{name} is {in_one_line(value)}; give a whole number")
        if value is not None and value < 1:
            raise InvalidProblemError(f"{name} is {value}; give at least 1")


def _dense(engine: str, place: str) -> bool:
    require_choice(engine, "engine", _ENGINES)
    if engine == "gather" and place != "cpu":
        raise InvalidProblemError(
            f"engine is {engine!r} on {place!r}; choose 'auto', 'dense', 'fused', or "
            "'gather' on the CPU"
        )
    return engine in ("dense", "fused") or (engine == "auto" and place != "cpu")


def _refuse_products(updates: Updates, covariance: bool) -> None:
    if covariance and len(set(updates.dimensions)) > 1:
        raise InvalidProblemError(
            f"models have dimensions {updates.dimensions}; a covariance needs one dimension: see "
            "aggregate_weight_covariance for what any models share"
        )


def _warn_unheard(design: Design, updates: Updates) -> None:
    unheard = (updates.scores > 0.0) & (design.probabilities == 0.0)
    if not unheard.any():
        return
    row, column = (int(index) for index in np.argwhere(unheard)[0])
    warn(
        f"{int(unheard.sum())} pairs hold an update and have probability 0 (first: processor "
        f"{row}, model {column}): the estimator is biased; raise the floor or zero their weights"
    )
