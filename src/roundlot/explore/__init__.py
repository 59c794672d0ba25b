"""A page to explore a run: one file that solves its problem again as the reader moves it."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Scene": "explore.page",
    "read_scene": "explore.page",
    "render_page": "explore.page",
    "scene_of_case": "explore.page",
    "scene_of_result": "explore.page",
    "write_page": "explore.page",
}
__all__ = [
    "Scene",
    "read_scene",
    "render_page",
    "scene_of_case",
    "scene_of_result",
    "write_page",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.explore.page import (
        Scene,
        read_scene,
        render_page,
        scene_of_case,
        scene_of_result,
        write_page,
    )
