"""Exact moments of the squared error of ordered pivotal draws, by recursion over the fights.

Let every processor pick its model before it fights, which changes nothing. Then the error expected
at the end, ``M``, is a martingale that changes when a processor comes and when a fight is decided,
by ``ξ (z − w)``: ``z = u/p`` of the carrier, ``w`` that of the newcomer, ``ξ`` known. What is to
come depends on the past through the carrier alone, so the moments of ``X = (M, z)`` up to degree
four follow from those before the fight. Kept are

    ``E z``, ``E M zᵀ``, ``E z zᵀ``, ``E M Mᵀ``, ``E ⟨X_a,X_b⟩ X_c``, ``E ⟨X_a,X_b⟩⟨X_c,X_d⟩``:

time ``V D²`` and no enumeration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.designs.rays import Rays
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Fight:
    """How a fight may end.

    Attributes:
        chance: of this end.
        moved: ``ξ``, what the old carrier's expected inclusion gains.
        gained: what the newcomer's gains.
        carrier: who carries on: "old", "new" or "none".
    """

    chance: float
    moved: float
    gained: float
    carrier: str


def fights(held: int, total: int) -> tuple[Fight, ...]:
    """The ends of a fight of a carrier that holds ``held`` against ``total``, both ``k / 2^62``."""
    both = held + total
    h, t = held / ONE, total / ONE
    old, new = ("none", "none") if both == ONE else ("old", "new")
    if held == 0:
        return (Fight(chance=1.0, moved=0.0, gained=0.0, carrier="none" if both == ONE else "new"),)
    if both < ONE:
        keeps = held / both
        return (
            Fight(chance=keeps, moved=t, gained=-t, carrier=old),
            Fight(chance=1.0 - keeps, moved=-h, gained=h, carrier=new),
        )
    lack = 2 * ONE - both
    wins = (ONE - total) / lack
    lost, left = (ONE - total) / ONE, (ONE - held) / ONE
    return (
        Fight(chance=1.0 - wins, moved=-lost, gained=lost, carrier=old),
        Fight(chance=wins, moved=left, gained=-left, carrier=new),
    )


def pivotal_squares(counts: Counts, rays: Rays) -> tuple[float, float]:
    """``(E Y, E Y²)`` in units of the rays, for processors in the order of ``counts`` (V, S)."""
    state = _State(rays)
    held = 0
    for who, total in enumerate(map(int, counts.sum(axis=1))):
        if total:
            state.meet(who, counts[who] / total, total / ONE, fights(held, total))
            held = (held + total) % ONE
    if held:
        last = held / ONE
        state.leave(
            (
                Fight(chance=last, moved=1.0 - last, gained=0.0, carrier="none"),
                Fight(chance=1.0 - last, moved=-last, gained=0.0, carrier="none"),
            )
        )
    return state.result


class _State:
    """Moments of ``X = (M, z)``; ``E M = 0`` throughout, and ``z zᵀ`` is 0 between models.

    ``second[a][b]`` is ``E X_a X_bᵀ``; ``third[a, b, c]`` (D,) is ``E⟨X_a,X_b⟩X_c``.
    """

    def __init__(self, rays: Rays) -> None:
        width = rays.width
        self.rays = rays
        self.mm, self.mz = (np.zeros((width, width), order="F") for _ in range(2))
        self.zz = [np.zeros((k.stop - k.start,) * 2) for k in rays.blocks]
        self.first = np.zeros((2, width))
        self.third = np.zeros((2, 2, 2, width))
        self.fourth = np.zeros((2, 2, 2, 2))

    @property
    def result(self) -> tuple[float, float]:
        return float(np.trace(self.mm)), float(self.fourth[0, 0, 0, 0])

    def meet(self, who: int, picks: FloatArray, total: float, ends: tuple[Fight, ...]) -> None:
        """A newcomer picks a model with chances ``picks`` (S,), and fights."""
        rows = self.rays.of_processor(who)
        self._advance(rows, list(_branches(picks, total, ends)))

    def leave(self, ends: tuple[Fight, ...]) -> None:
        """The last carrier is drawn or not."""
        nothing = np.zeros((self.rays.width, 1))
        zero = np.zeros((2, 1))
        self._advance(nothing, [(e, [(1.0, zero)]) for e in ends])

    def _advance(self, rows: FloatArray, ends: list[_End]) -> None:
        products, traces = self._products(rows), self._traces()
        third, fourth = np.zeros_like(self.third), np.zeros_like(self.fourth)
        change = _Change.nothing(rows)
        for fight, picks in ends:
            turn = np.array([[1.0, fight.moved], [0.0, float(fight.carrier == "old")]])
            old = self._turned(turn, products, traces)
            change.keep(fight)
            for pick, shift in picks:
                share = fight.chance * pick
                if share > 0.0:
                    three, four = _shifted(old, shift, rows)
                    third += share * three
                    fourth += share * four
                    change.shift(share, old.first, shift)
        change.write(self)
        self.third, self.fourth = third, fourth

    def _products(self, rows: FloatArray) -> FloatArray:
        """``(2, 2, D, S)``, ``E X_a X_bᵀ`` times the newcomer's rows."""
        out = np.empty((2, 2, *rows.shape))
        out[0, 0] = self.mm @ rows
        out[0, 1] = self.mz @ rows
        out[1, 0] = self.mz.T @ rows
        for block, square in zip(self.rays.blocks, self.zz, strict=True):
            out[1, 1, block] = square @ rows[block]
        return out

    def _traces(self) -> FloatArray:
        cross = np.trace(self.mz)
        own = sum(float(np.trace(square)) for square in self.zz)
        return np.array([[np.trace(self.mm), cross], [cross, own]])

    def _turned(self, turn: FloatArray, products: FloatArray, traces: FloatArray) -> _Moments:
        return _Moments(
            first=turn @ self.first,
            products=np.einsum("ax,by,xyds->abds", turn, turn, products),
            traces=turn @ traces @ turn.T,
            third=np.einsum("ax,by,cz,xyzd->abcd", turn, turn, turn, self.third, optimize=True),
            fourth=np.einsum(
                "aw,bx,cy,dz,wxyz->abcd", turn, turn, turn, turn, self.fourth, optimize=True
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Moments:
    """Moments of ``X`` after a fight, and ``E X_a X_bᵀ`` times the newcomer's rows."""

    first: FloatArray
    products: FloatArray
    traces: FloatArray
    third: FloatArray
    fourth: FloatArray


@dataclass(kw_only=True, eq=False)
class _Change:
    """What a newcomer adds to first and second moments, whose matrices are changed in place.

    With the shift ``C_a = rows k_a`` of ``X_a`` this is ``right rowsᵀ + rows leftᵀ``.
    """

    rows: FloatArray
    first: FloatArray
    own: FloatArray
    right: FloatArray
    left: FloatArray
    fresh: FloatArray
    kept: float = 0.0
    kept_moved: float = 0.0
    moved_square: float = 0.0

    @classmethod
    def nothing(cls, rows: FloatArray) -> _Change:
        own, right, left = (np.zeros_like(rows) for _ in range(3))
        fresh = np.zeros((rows.shape[1],) * 2)
        first = np.zeros((2, len(rows)))
        return cls(rows=rows, first=first, own=own, right=right, left=left, fresh=fresh)

    def keep(self, fight: Fight) -> None:
        self.moved_square += fight.chance * fight.moved**2
        if fight.carrier == "old":
            self.kept += fight.chance
            self.kept_moved += fight.chance * fight.moved

    def shift(self, share: float, first: FloatArray, shift: FloatArray) -> None:
        one, two = share * shift
        self.first += share * (first + shift @ self.rows.T)
        self.own += np.outer(first[0] + 0.5 * self.rows @ shift[0], one)
        self.right += np.outer(first[0] + self.rows @ shift[0], two)
        self.left += np.outer(first[1], one)
        self.fresh += np.outer(shift[1], two)

    def write(self, state: _State) -> None:
        from scipy.linalg.blas import dgemm

        mine, theirs = np.hstack([self.own, self.rows]), np.hstack([self.rows, self.own])
        state.mm = dgemm(1.0, mine, theirs, beta=1.0, c=state.mm, trans_b=1, overwrite_c=1)
        mine, theirs = np.hstack([self.right, self.rows]), np.hstack([self.rows, self.left])
        state.mz = dgemm(1.0, mine, theirs, beta=self.kept, c=state.mz, trans_b=1, overwrite_c=1)
        for block, square in zip(state.rays.blocks, state.zz, strict=True):
            state.mm[block, block] += self.moved_square * square
            state.mz[block, block] += self.kept_moved * square
            square *= self.kept
            square += self.rows[block] @ self.fresh @ self.rows[block].T
        state.first = self.first


#: A fight's end, and the newcomer's picks: their chances, and shifts (2, S) in its rows.
_End = tuple[Fight, list[tuple[float, FloatArray]]]


def _branches(picks: FloatArray, total: float, ends: tuple[Fight, ...]) -> Iterator[_End]:
    for fight in ends:
        shifts = []
        for model, chance in enumerate(picks):
            shift = np.zeros((2, picks.size))
            shift[0] = -total * picks
            shift[0, model] += total + fight.gained
            shift[1, model] = float(fight.carrier == "new")
            shifts.append((float(chance), shift))
        yield fight, shifts


def _shifted(old: _Moments, shift: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Third and fourth moments of ``X + C``, ``C = shift rowsᵀ`` (2, D)."""
    moved = shift @ rows.T
    gram, along = moved @ moved.T, old.first @ moved.T
    turned = along + along.T
    seen = np.einsum("cads,bs->cabd", old.products, shift)  # E X_c ⟨X_a, C_b⟩
    third = old.third + seen.transpose(1, 2, 0, 3) + seen.transpose(2, 1, 0, 3)
    third += (old.traces + turned + gram)[:, :, None, None] * moved
    third += gram[:, :, None, None] * old.first
    linear = np.einsum("abcx,dx->abcd", old.third, moved)
    linear += np.einsum("ab,cd->abcd", turned, 0.5 * gram)
    both = np.einsum("bx,acdx->abcd", moved, seen)  # E ⟨X_a, C_b⟩⟨X_c, C_d⟩
    both += both.transpose(1, 0, 2, 3)
    linear += linear.transpose(0, 1, 3, 2)
    product = np.einsum("ab,cd->abcd", old.traces, gram)
    half = linear + product
    fourth = old.fourth + half + half.transpose(2, 3, 0, 1)
    fourth += both + both.transpose(0, 1, 3, 2) + np.einsum("ab,cd->abcd", gram, gram)
    return third, fourth


def pivotal_silence(counts: Counts, client: npt.NDArray[np.intp]) -> FloatArray:
    """``(N, S)`` by recursion over the fights, for the carrier's client and for all others."""
    totals = counts.sum(axis=1)
    quiet = 1.0 - counts / np.maximum(totals, 1)[:, None]
    outside = np.ones((int(client.max()) + 1, counts.shape[1]))
    carrying = np.zeros(counts.shape)
    held = 0
    for who, total in enumerate(map(int, totals)):
        if total:
            ends = fights(held, total)
            outside, carrying = _fought(outside, carrying, quiet, client, who, ends, held, total)
            held = (held + total) % ONE
    drawn = np.zeros_like(outside)
    np.add.at(drawn, client, carrying * (1.0 - held / ONE * (1.0 - quiet)))
    return np.asarray(outside + drawn)


def _fought(
    outside: FloatArray,
    carrying: FloatArray,
    quiet: FloatArray,
    client: npt.NDArray[np.intp],
    who: int,
    ends: tuple[Fight, ...],
    held: int,
    total: int,
) -> tuple[FloatArray, FloatArray]:
    """``carrying[v]`` is of ``v``'s own client while ``v`` carries, ``outside`` if another does."""
    owner, decided = client[who], held + total >= ONE
    new_outside, new_carrying = np.zeros_like(outside), np.zeros_like(carrying)
    for fight in ends:
        old_drawn = decided and fight.moved > 0.0
        newcomer = decided and not old_drawn
        gone = carrying * quiet if old_drawn else carrying
        kept = fight.carrier == "old"
        near = outside if kept else outside + _by_client(gone, client, len(outside))
        share = fight.chance * near
        moved = fight.chance * gone if kept else np.zeros_like(carrying)
        if newcomer:
            share[owner] *= quiet[who]
            moved[client == owner] *= quiet[who]
        if fight.carrier == "new":
            moved[who] = share[owner]
            share[owner] = 0.0
        new_outside += share
        new_carrying += moved
    return new_outside, new_carrying


def _by_client(table: FloatArray, client: npt.NDArray[np.intp], number: int) -> FloatArray:
    columns = [np.bincount(client, weights=column, minlength=number) for column in table.T]
    return np.stack(columns, axis=1)
