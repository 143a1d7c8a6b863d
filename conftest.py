"""Environment variables that Scipion needs before it is first imported.

Projects of the tests go to a temporary folder.  Without Scipion nothing is set,
and the tests that need it are skipped.
"""

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

_FOLDER = None

if importlib.util.find_spec("pyworkflow") is not None:
    _FOLDER = Path(tempfile.mkdtemp(prefix="monodir-tests-"))
    hosts = _FOLDER / "hosts.conf"
    hosts.write_text("[localhost]\nPARALLEL_COMMAND = mpirun -np %_(JOB_NODES)d %_(COMMAND)s\n")
    for name, value in {
        "SCIPION_HOME": str(_FOLDER),
        "SCIPION_USER_DATA": str(_FOLDER / "data"),
        "SCIPION_HOSTS": str(hosts),
        "SCIPION_DOMAIN": "pwem",
        "SCIPION_PRIORITY_PACKAGE_LIST": "pwem tomo pwchem",
        "SCIPION_NOTIFY": "False",
        "SCIPION_PYTHON": sys.executable,
    }.items():
        os.environ.setdefault(name, value)


def pytest_unconfigure() -> None:
    """Remove the projects of the tests."""
    if _FOLDER is not None:
        shutil.rmtree(_FOLDER, ignore_errors=True)
