"""The layout of help: descriptions and lists that are wrapped to the width of the terminal."""

from __future__ import annotations

import argparse
import re
from textwrap import fill, wrap
from typing import List

__all__ = ["HelpText", "wrapped"]

#: A line of a list: indentation, name, at least two blanks, and a text.
_ENTRY = re.compile(r"(\s+\S.*?\s{2,})(\S.*)")
#: Least width of the text of an entry beside its name.
_NARROWEST = 28


class HelpText(argparse.RawDescriptionHelpFormatter):
    """Keep the lines of a description, and wrap them where the terminal is narrower."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        kept = super()._fill_text(text, width, indent)
        return kept if max(map(len, kept.splitlines())) <= width else wrapped(kept, width)


def wrapped(text: str, width: int) -> str:
    """Wrap paragraphs, entries of lists and commands, each in its own way.

    Parameters
    ----------
    text : str
        Lines with the same indentation are a paragraph.  Indented lines may also be entries (a
        name, at least two blanks and a text, which may go on in lines with more indentation) or
        commands of ``monodir``.
    width : int
        Largest number of characters of a line.

    Returns
    -------
    str
        A paragraph is filled, the text of an entry stays in its column, and a command that is too
        long is continued after a backslash.
    """
    blocks: List[List[str]] = []
    for line in text.splitlines():
        if blocks and _goes_on(blocks[-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return "\n".join(_wrapped_block(block, width) for block in blocks)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_command(line: str) -> bool:
    return line.startswith(" ") and line.split()[0] == "monodir"


def _goes_on(block: List[str], line: str) -> bool:
    """Whether a line belongs to the paragraph or the entry before it."""
    first = block[0]
    if not line.strip() or not first.strip():
        return False
    entry = _ENTRY.fullmatch(first)
    if entry is not None:
        return _indentation(line) == len(entry[1])
    others = _is_command(first) or _is_command(line) or _ENTRY.fullmatch(line) is not None
    return not others and _indentation(line) == _indentation(first)


def _wrapped_block(block: List[str], width: int) -> str:
    if max(map(len, block)) <= width:
        return "\n".join(block)
    first = block[0]
    before = " " * _indentation(first)
    words = " ".join(line.strip() for line in block)
    entry = _ENTRY.fullmatch(first)
    if entry is not None:
        texts = " ".join([entry[2], *(line.strip() for line in block[1:])])
        name, column = entry[1], " " * len(entry[1])
        if width - len(column) < _NARROWEST:
            # No room beside the name: the text stands below it.
            name, column = f"{name.rstrip()}\n", before + "    "
            return name + fill(texts, width, initial_indent=column, subsequent_indent=column)
        return fill(texts, width, initial_indent=name, subsequent_indent=column)
    if not _is_command(first):
        return fill(
            words, width, initial_indent=before, subsequent_indent=before, break_on_hyphens=False
        )
    # Two characters for the backslash.
    lines = wrap(
        words,
        width - 2,
        initial_indent=before,
        subsequent_indent=before + "    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return " \\\n".join(lines)
