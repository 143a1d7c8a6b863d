"""Messages of the viewer about a run that is not finished."""

from __future__ import annotations

from typing import List

from pyworkflow.protocol import Protocol

__all__ = ["no_results", "state_of"]

#: Lines of the summary, which may end with the log of a failed command.
_LONGEST = 12


def state_of(run: Protocol) -> str:
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


def no_results(run: Protocol, error: Exception, missing: str) -> str:
    """Return the text of the dialog for a run whose results cannot be read.

    Parameters
    ----------
    run : Protocol
    error : Exception
        Raised when the results were read.
    missing : str
        A sentence about the results that are not there yet.
    """
    state = state_of(run)
    if not state:
        return str(error)
    if run.isSaved():
        return f"{state}\nExecute it, and press Analyze Results when it has finished."
    lines = [state, *_progress(run), "", missing]
    if not run.isActive():
        lines.append("If you continue the run, steps that have finished are not repeated.")
    return "\n".join(lines)


def _progress(run: Protocol) -> List[str]:
    """Return the summary of the run: how far it came, and the error that ended it."""
    lines = [line for line in "\n".join(run.summary()).splitlines() if line.strip()]
    return lines if len(lines) <= _LONGEST else [*lines[:_LONGEST], "..."]
