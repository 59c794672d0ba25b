"""A certificate of kinds of clients as one in which every client is a kind of its own."""

from __future__ import annotations

from dataclasses import replace

from roundlot.theory.certified_rounds.chain import RoundsClaim
from roundlot.theory.certified_rounds.proof import RoundProof
from roundlot.theory.certified_rounds.setting import Setting


def apart(claim: RoundsClaim) -> RoundsClaim:
    """The same clients one by one: each has the multipliers of its kind."""
    kinds = claim.setting.kinds
    if all(kind.count == 1 for kind in kinds):
        return claim
    each = [k for k, kind in enumerate(kinds) for _ in range(kind.count)]
    cross = claim.setting.cross_moments
    setting = Setting(
        kinds=tuple(replace(kinds[k], count=1) for k in each),
        cross_moments=tuple(tuple(cross[k][j] for j in each) for k in each),
    )
    proofs = tuple(_of_each(proof, each) for proof in claim.proofs)
    return replace(claim, setting=setting, proofs=proofs)


def _of_each(proof: RoundProof, each: list[int]) -> RoundProof:
    coupling = replace(
        proof.coupling,
        combinations=tuple(tuple(row[k] for k in each) for row in proof.coupling.combinations),
        own=tuple(proof.coupling.own[k] for k in each),
    )
    return replace(proof, coupling=coupling, kinds=tuple(proof.kinds[k] for k in each))
