"""A page to explore a run: one file that solves its problem again as the reader moves it."""

from roundlot.explore.page import render_page, write_page
from roundlot.explore.scene import Scene, read_scene, scene_of_case, scene_of_result

__all__ = [
    "Scene",
    "read_scene",
    "render_page",
    "scene_of_case",
    "scene_of_result",
    "write_page",
]
