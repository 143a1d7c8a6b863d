"""The library without Scipion: its packages import none of Scipion's."""

import os
import subprocess
import sys

import pytest

from ..fixtures.maps import ROOT

_WALK = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(len(names))
print(*sorted({name.split(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


@pytest.mark.parametrize("package", ["numerics", "diagnosis", "simulation"])
def test_no_module_of_a_package_imports_scipion_or_a_plotting_library(package):
    environment = {**os.environ, "PYTHONPATH": ROOT}
    words = [f"monodir_plugin.{package}", "pwem", "pyworkflow", "tkinter", "matplotlib", "mrcfile"]
    found = subprocess.run(
        [sys.executable, "-c", _WALK, *words],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    number, imported = found.stdout.splitlines()
    assert int(number) >= 8
    assert imported == ""
