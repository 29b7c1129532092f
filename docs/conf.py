"""Sphinx configuration: MyST pages, furo, every sample run by `sphinx-build -b doctest`."""

from importlib.metadata import version as _version

project = "segur_interop"
author = "the contributors of segur_interop"
copyright = "the contributors of segur_interop, Apache-2.0"
release = version = _version("segur-interop")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
]
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_use_ivar = True
napoleon_use_rtype = False
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

# `type[...]` in a signature is the builtin: properties of that name are no targets for it.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

doctest_global_setup = "import segur_interop"
doctest_test_doctest_blocks = "default"
trim_doctest_flags = True

html_theme = "furo"
html_title = "segur_interop"
