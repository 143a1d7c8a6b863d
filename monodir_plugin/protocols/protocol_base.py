"""What both protocols share: a command of the package, run here or on a queue."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import List, Optional

from pwem.protocols import ProtAnalysis3D

from . import commands

__all__ = ["CommandProtocol"]


class CommandProtocol(ProtAnalysis3D):
    """A protocol whose steps run commands of the package."""

    # Scipion takes a protocol without a label for a base class and does not list it.
    _label: Optional[str] = None

    def _run_command(self, stem: str, arguments: List[str], written: List[Path]) -> None:
        """Run a command of the package, here or on a queue, and check that it wrote its files.

        The output of the command goes to a log file of its own: a queue returns neither the
        output nor the exit status.
        """
        for file in written:
            if file.exists():
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
