from roundlot.explore.page import Scene as Scene
from roundlot.explore.page import read_scene as read_scene
from roundlot.explore.page import render_page as render_page
from roundlot.explore.page import scene_of_case as scene_of_case
from roundlot.explore.page import scene_of_result as scene_of_result
from roundlot.explore.page import write_page as write_page
