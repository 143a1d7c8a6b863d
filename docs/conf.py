"""The documentation site: ``sphinx-build -W -b html docs SITE``.

Needs the package's dependencies, sphinx and furo (``pip install ".[docs]"``).  Scipion is not
needed.  Additions to Sphinx are defined below:

* ``.. modules:: PACKAGE`` documents all public modules of a package, so that the reference follows
  the code;
* ``.. module-list:: PACKAGE`` lists them with the first sentence of each;
* ``.. commands::`` documents every command of ``monodir`` from its parser;
* ``.. result-maps::`` lists the registry of result maps;
* a literal such as ````docs/validation/truth.rst```` becomes a link, so that pages that scripts
  write need no Sphinx markup and stay readable on a code host.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import os
import pkgutil
import re
import sys
from pathlib import Path

import sphinx.addnodes
from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))
# The width of a help text must not depend on the terminal; Matplotlib must not look for a display.
os.environ.update(COLUMNS="90", MPLBACKEND="Agg")

from monodir_plugin import __version__  # noqa: E402

project = "MonoDir"
author = "the MonoDir developers"
project_copyright = "the MonoDir developers"
version = release = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "**/_build"]
language = "en"
highlight_language = "none"
smartquotes = False

html_theme = "furo"
html_title = f"MonoDir {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_logo = "../monodir_plugin/monodir_logo.png"
html_show_sphinx = False

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 90
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = False
#: Types in docstrings are prose, ``array (axes, 3)``: a word may be the name of several attributes.
suppress_warnings = ["ref.python"]

#: Pages that moved into a folder: a literal ``docs/NAME.rst`` in a generated page finds them.
_MOVED = {
    "annotate": "howto/results/annotate",
    "chimerax": "howto/results/chimerax",
    "diagnosis": "explanation/diagnosis",
    "experiments": "maps/experiments",
    "good_and_bad": "maps/good_and_bad",
    "real_maps": "maps/real_maps",
    "validation": "validation/truth",
    "report": "howto/results/report",
    "scipion": "howto/scipion",
    "simulation": "howto/measure/simulate",
    "howto/annotate": "howto/results/annotate",
    "howto/chimerax": "howto/results/chimerax",
    "howto/compare": "howto/results/compare",
    "howto/filter": "howto/results/filter",
    "howto/half_maps": "howto/measure/half_maps",
    "howto/parts": "howto/measure/parts",
    "howto/report": "howto/results/report",
    "howto/run": "howto/measure/run",
    "howto/simulate": "howto/measure/simulate",
    "howto/validation_service": "howto/measure/validation_service",
}


def _moved(name):
    """Today's name of a page."""
    for folder in ("validation", "diagnosis"):
        if name.startswith(f"{folder}_"):
            return name.replace("_", "/", 1)
    return _MOVED.get(name, name)


def _modules(package):
    """Names of the public modules of a package, without those of its packages."""
    found = importlib.import_module(package)
    return [
        module.name
        for module in pkgutil.iter_modules(found.__path__, found.__name__ + ".")
        if not module.ispkg and not module.name.rpartition(".")[2].startswith("_")
    ]


class Modules(SphinxDirective):
    """``.. modules:: PACKAGE``: all public modules of a package."""

    required_arguments = 1

    def run(self):
        """Return a section for every module."""
        found = []
        for name in _modules(self.arguments[0]):
            title = name.removeprefix("monodir_plugin.")
            lines = [title, "-" * len(title), "", f".. automodule:: {name}"]
            elsewhere = _from_elsewhere(importlib.import_module(name))
            if elsewhere:
                lines.append(f"   :exclude-members: {', '.join(elsewhere)}")
            found += self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)
        return found


class ModuleList(SphinxDirective):
    """``.. module-list:: PACKAGE``: all public modules of a package with their first sentence."""

    required_arguments = 1

    def run(self):
        """Return a definition list."""
        lines = []
        for name in _modules(self.arguments[0]):
            source = importlib.util.find_spec(name).loader.get_source(name)
            text = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
            lines += [f"``{name.rpartition('.')[2]}``", f"   {' '.join(text.split())}"]
        return self.parse_text_to_nodes("\n".join(lines))


def _from_elsewhere(module):
    """Public names that another module defines and documents."""
    defined = ((name, getattr(module, name)) for name in getattr(module, "__all__", ()))
    return [
        name
        for name, what in defined
        if getattr(what, "__module__", module.__name__) != module.__name__
    ]


class Commands(SphinxDirective):
    """``.. commands::``: the usage and the help of every command of ``monodir``."""

    def run(self):
        """Return a section for every command, in the order of ``monodir --help``."""
        from monodir_plugin.cli import FAMILIES

        parser = argparse.ArgumentParser(prog="monodir")
        subparsers = parser.add_subparsers()
        for family in FAMILIES:
            importlib.import_module(f"monodir_plugin.cli.commands.{family}").add_parser(subparsers)
        found = []
        for name in (command for commands in FAMILIES.values() for command in commands):
            section = nodes.section(ids=[f"monodir-{name}"], names=[f"monodir {name}"])
            section += nodes.title(text=f"monodir {name}")
            section += nodes.literal_block(text=subparsers.choices[name].format_help())
            self.state.document.note_explicit_target(section)
            found.append(section)
        return found


class ResultMaps(SphinxDirective):
    """``.. result-maps::``: the file, the unit and the definition of every result map."""

    def run(self):
        """Return a definition list in the order of the registry."""
        from monodir_plugin.numerics.reduction.result_maps import RESULT_MAPS

        lines = []
        for entry in RESULT_MAPS.values():
            lines += [f"``{entry.file}`` ({entry.unit})", f"   {entry.definition}"]
        return self.parse_text_to_nodes("\n".join(lines))


class LinkPages(SphinxTransform):
    """Make a link of every literal ``docs/NAME.rst``."""

    default_priority = 400

    def apply(self, **kwargs):
        """Replace the literals; a page that does not exist stays a literal."""
        for literal in list(self.document.findall(nodes.literal)):
            match = re.fullmatch(r"docs/([\w/-]+)\.rst", literal.astext())
            if match is None or isinstance(literal.parent, nodes.reference):
                continue
            name = _moved(match.group(1))
            if not (DOCS / f"{name}.rst").is_file():
                continue
            # No text of its own: Sphinx inserts the title of the page.
            link = sphinx.addnodes.pending_xref(
                "",
                nodes.inline("", name, classes=["doc"]),
                refdoc=self.env.docname,
                refdomain="std",
                reftype="doc",
                refexplicit=False,
                refwarn=True,
                reftarget=f"/{name}",
            )
            literal.replace_self(link)


def _skip_fields(app, what, name, member, skip, options):
    """Leave out fields of named tuples, whose docstring says only their number."""
    text = getattr(member, "__doc__", None) or ""
    return True if text.startswith("Alias for field number") else None


def _quote_bars(app, what, name, member, options, lines):
    """Write ``|x|``, as in mathematics, as a literal: reStructuredText would replace it."""
    lines[:] = [re.sub(r"(?<!`)\|(\w)\|(?!`)", r"``|\1|``", line) for line in lines]


def setup(app):
    """Register the additions."""
    app.add_directive("modules", Modules)
    app.add_directive("module-list", ModuleList)
    app.add_directive("commands", Commands)
    app.add_directive("result-maps", ResultMaps)
    app.add_transform(LinkPages)
    app.connect("autodoc-skip-member", _skip_fields)
    app.connect("autodoc-process-docstring", _quote_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
