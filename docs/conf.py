"""How `make docs` turns this folder into a site: no network, warnings are errors.

Pages that the code itself can write (methods, reference, command line, sources) are written when
the build begins, by `_ext/roundlot_site`; the notebooks and the gallery are executed.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "_ext"))

from roundlot import __version__  # noqa: E402

project = "roundlot"
author = "The roundlot developers"
copyright = author  # noqa: A001
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "roundlot_site",
]
exclude_patterns = ["_ext", "README.md", "**/README.rst", "**/.ipynb_checkpoints"]
# The gallery writes each script in several forms; the page is one of them.
exclude_patterns += [f"gallery/*.{kind}" for kind in ("ipynb", "py", "md5", "json", "zip")]
nitpicky = False  # annotations name private aliases of arrays, which have no page

# Markdown: the same files are read on a code host, so only what both understand.
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 4
suppress_warnings = ["config.cache"]

# Notebooks run once and are kept until they change; one that raises fails the build.
nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "build" / "docs" / "notebooks")
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_execution_excludepatterns = [] if find_spec("flwr") else ["tutorials/flower*"]
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # nothing is fetched from elsewhere

# Reference: docstrings in Google's form; `name` in them is a link where there is a page.
default_role = "known"
add_module_names = False
autodoc_typehints = "signature"
autodoc_type_aliases = {name: name for name in ("FloatArray", "IntArray", "BoolArray")}
autodoc_member_order = "bysource"
autodoc_mock_imports = [] if find_spec("flwr") else ["flwr"]
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
toc_object_entries = False  # every page of the reference begins with its table of names

GALLERY = ROOT / "examples" / "gallery"
if GALLERY.is_dir():
    extensions.append("sphinx_gallery.gen_gallery")
    sphinx_gallery_conf = {
        "examples_dirs": [str(GALLERY)],
        "gallery_dirs": ["gallery"],
        "filename_pattern": r"plot_.*\.py$",
        "abort_on_example_error": True,
        "download_all_examples": False,
        "remove_config_comments": True,
        "show_memory": False,
        "show_signature": False,
        "min_reported_time": 1e9,
        "plot_gallery": True,
        "capture_repr": (),  # a figure is its picture, not what Python calls it
    }

html_theme = "furo"
html_title = "roundlot"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # browsers refuse to read them from files
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp, .go"
