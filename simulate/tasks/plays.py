"""Plays as plain text: who says what, in which scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What somebody says without being interrupted."""

    speaker: str
    scene: str
    text: str


def read_speeches(text: str) -> tuple[Speech, ...]:
    """The speeches of a play: blocks between blank lines, a speaker and a colon in the first line.

    A block that starts with ``#`` names the scene of those that follow. A block without text or
    without a speaker is left out, as stage directions are.

    Raises:
        InvalidProblemError: no speech at all.
    """
    speeches, scene = [], ""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        head, _, body = block.strip("\n").partition("\n")
        if head.startswith("#"):
            scene = head.lstrip("# ")
        elif head.rstrip().endswith(":") and body.strip():
            speeches.append(Speech(speaker=head.rstrip()[:-1], scene=scene, text=body.strip("\n")))
    if not speeches:
        raise InvalidProblemError(
            "the text has no speech; give blocks between blank lines that start with 'SPEAKER:'"
        )
    return tuple(speeches)


def texts_by_owner(speeches: Sequence[Speech], split: str) -> dict[str, str]:
    """What every owner says, speech after speech, in order of the first appearance.

    Args:
        speeches: of the play.
        split: "speaker": an owner is a role; "scene": a role in a scene.

    Raises:
        InvalidProblemError: another split.
    """
    if split not in ("speaker", "scene"):
        raise InvalidProblemError(f"split is {split!r}; choose 'speaker' or 'scene'")
    said: dict[str, list[str]] = {}
    for speech in speeches:
        owner = speech.speaker if split == "speaker" else f"{speech.speaker}, {speech.scene}"
        said.setdefault(owner, []).append(speech.text)
    return {owner: "\n".join(parts) for owner, parts in said.items()}
