"""The common base of the protocols: a readable name, a lock, and commands of the package."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from pwem.protocols import ProtAnalysis3D
from pyworkflow.constants import PLUGIN_MODULE_VAR

from ..constants import NAME, docs_page
from ..errors import InputError
from ..files.locking import folder_lock, locked_by
from .steps import commands

__all__ = ["CommandProtocol"]

#: Codes that colour a text in a terminal.
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


class CommandProtocol(ProtAnalysis3D):
    """A protocol whose steps run commands of the package."""

    # Scipion takes a protocol without a label for a base class and does not list it.
    _label: Optional[str] = None
    #: Page of the documentation to which the help points.
    _help_page = "howto/scipion.rst"

    @classmethod
    def getClassLabel(cls, prependPackageName: bool = True) -> str:  # noqa: N803
        """Return the label of run boxes and forms.

        Scipion would begin it with the name of the Python package, whose underscore its texts take
        for the begin of italics.
        """
        label = cls.__dict__.get("_label") or cls.__name__
        return f"{NAME} - {label}" if prependPackageName else label

    @classmethod
    def getClassPackageName(cls) -> str:
        """Return the name of the plugin in forms."""
        return NAME

    @classmethod
    def getUrl(cls) -> str:
        """Return the page to which the help of the form points."""
        return docs_page(cls._help_page)

    def getSubmitDict(self) -> Dict[str, Any]:
        """Return the words of the template of a queue; the plugin has its package's name there."""
        words: Dict[str, Any] = super().getSubmitDict()
        return {**words, PLUGIN_MODULE_VAR: type(self.getPlugin()).__module__}

    def makePathsAndClean(self) -> None:
        """Prepare the folder of a run that is launched, unless another process computes in it.

        The project calls this before it copies its database over that of the run; to restart a run
        it deletes the folder. The form asks ``validate`` first, but a script, and *Restart all* in
        the project window, need not.

        Raises
        ------
        InputError
            If another process runs the steps in the folder of this run.
        """
        for error in self._lock_errors():
            raise InputError(error)
        super().makePathsAndClean()

    def _run(self) -> None:
        """Run the steps, unless another process runs them in the folder of this run."""
        with folder_lock(Path(self._getPath())):
            super()._run()

    def summary(self) -> List[str]:
        """Return the summary; Scipion colours the error in it for terminals, not for its boxes."""
        return [_COLOURS.sub("", line) for line in super().summary()]

    def _lock_errors(self) -> List[str]:
        """Return a sentence if another process runs the steps in the folder of this run."""
        if not self.hasObjId():
            return []
        owner = locked_by(Path(self._getPath()))
        if owner is None:
            return []
        return [
            f"Another launch of this run computes in its folder ({owner}). Wait until it ends, or "
            "stop it."
        ]

    def _run_command(
        self, stem: str, arguments: List[str], written: List[Path], kept: Sequence[Path] = ()
    ) -> None:
        """Run a command of the package, here or on a queue, and check that it wrote its files.

        The output of the command goes to a log file of its own: a queue returns neither the
        output nor the exit status.  Files that the command reads and replaces are ``kept`` until
        then.  All others are removed before, so that files that exist afterwards were written by
        it.
        """
        for file in written:
            if file.exists() and file not in kept:
                file.unlink()
        log = Path(self._getLogsPath(f"{stem}.log"))
        failure = ""
        try:
            self.runJob(shlex.quote(sys.executable), commands.shell_arguments(arguments, log))
        except subprocess.CalledProcessError as error:
            failure = f" with exit status {error.returncode}"
        self.info("\n".join([f"{log.name}:", *commands.log_lines(log)]))
        if failure or not all(commands.is_listed(file) for file in written):
            raise RuntimeError(commands.failure_message(arguments[0], failure, log))
