"""Output of a command: one line per message, in characters that the stream accepts.

A command's results are files.  A standard output that is closed, full, a broken pipe, or cannot
take an Å must not turn a finished run into a failure: what it does not accept is discarded.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from typing import Iterator, Optional, TextIO

__all__ = ["OneLine", "collected_output", "hold_standard_streams", "say", "shown"]

#: Replacements of characters that a stream cannot take.
_PLAIN = {"Å": "A", "²": "^2", "³": "^3", "β": "beta", "°": " degrees", "é": "e"}


def shown(text: str) -> str:
    """A message on one line: breaks and other control characters of a name are written out."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


class OneLine(logging.Formatter):
    """Log messages on one line each."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, and a traceback if there is one."""
        text = shown(record.getMessage())
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def say(text: str, stream: Optional[TextIO]) -> None:
    """Write lines to a stream; what it does not accept is lost."""
    if stream is None:
        return
    try:
        stream.write(_for_stream(text, stream))
        stream.flush()
    except (OSError, ValueError):
        # Full, closed, or without a reader: otherwise the interpreter would fail when it ends.
        _drop(stream)


class _Collected(io.StringIO):
    """What a block prints, written to a stream when it is flushed."""

    def __init__(self, stream: Optional[TextIO]) -> None:
        super().__init__()
        self._stream = stream

    def flush(self) -> None:
        """Write what was printed since the last call, as far as the stream accepts it."""
        text = self.getvalue()
        if text:
            self.seek(0)
            self.truncate()
            say(text, self._stream)


@contextlib.contextmanager
def collected_output() -> Iterator[None]:
    """Collect what a block prints; write it when it flushes or ends, also by an exception."""
    text = _Collected(sys.stdout)
    try:
        with contextlib.redirect_stdout(text):
            yield
    finally:
        text.flush()


def hold_standard_streams() -> None:
    """Open the standard streams that are closed, so that no other file gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free: this one.
            os.open(os.devnull, os.O_RDWR)


def _for_stream(text: str, stream: TextIO) -> str:
    """The text in characters that the stream's encoding has."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except (UnicodeEncodeError, LookupError):
        plain = "".join(_PLAIN.get(letter, letter) for letter in text)
        return plain.encode(encoding, "backslashreplace").decode(encoding)


def _drop(stream: TextIO) -> None:
    """Discard what a stream still holds."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
