"""What the viewer says about a run that is not finished."""

from __future__ import annotations

from typing import List

from ..errors import InputError
from ..protocols import ProtMonoDir

__all__ = ["no_results", "state_of"]

#: Lines of the summary, which may end with the log of a failed command.
_LONGEST = 12


def state_of(run: ProtMonoDir) -> str:
    """Return a sentence about the state of a run; empty if it is finished."""
    if run.isFinished():
        return ""
    if run.isSaved():
        return "This run is saved and was not executed."
    if run.isFailed():
        return "This run failed."
    if run.isAborted():
        return "This run was stopped."
    return f"This run is not finished (status: {run.getStatus()})."


def no_results(run: ProtMonoDir, error: InputError) -> str:
    """Return the text of the dialog for a run whose results cannot be read.

    Parameters
    ----------
    run : ProtMonoDir
    error : InputError
        Raised when the results were read.
    """
    state = state_of(run)
    if not state:
        return str(error)
    if run.isSaved():
        return f"{state}\nExecute it, and press Analyze Results when it has finished."
    lines = [
        state,
        *_progress(run),
        "",
        "There is nothing to show yet: maps and figures need all directions, and are written by "
        "the last steps.",
    ]
    if not run.isActive():
        lines.append("If you continue the run, only directions that are missing are measured.")
    return "\n".join(lines)


def _progress(run: ProtMonoDir) -> List[str]:
    """Return the summary of the run: how far it came, and the error that ended it."""
    lines = [line for line in "\n".join(run.summary()).splitlines() if line.strip()]
    return lines if len(lines) <= _LONGEST else [*lines[:_LONGEST], "..."]
