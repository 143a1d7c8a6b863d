"""A parser that answers a mistyped option or command with the nearest one.

Python's parser reports a missing argument before an unknown option, so that after a mistyped
``--output`` it asks for ``--output``.  This one looks for mistyped words before it reports
anything.
"""

from __future__ import annotations

import argparse
import difflib
import re
from typing import Any, Iterable, List, NoReturn, Optional, Sequence, Tuple

__all__ = ["Parser", "nearest"]

#: How Python's parser reports missing arguments.
_REQUIRED = "the following arguments are required"
#: Least similarity (0 to 1, of difflib) of a word that is suggested.
_LEAST_SIMILARITY = 0.6


def nearest(word: str, choices: Iterable[str]) -> Optional[str]:
    """Return the choice that is most similar to a word, or ``None`` if none is similar.

    Upper case counts as lower case, and underscores count as hyphens.
    """
    plain = {_plain(choice): choice for choice in choices}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=_LEAST_SIMILARITY)
    return plain[found[0]] if found else None


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that names the nearest option or command in its error messages.

    Parsers of commands that are added to it are of the same class.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._words: List[str] = []

    def parse_known_args(  # type: ignore[override]
        self, args: Optional[Sequence[str]] = None, namespace: Optional[argparse.Namespace] = None
    ) -> Tuple[argparse.Namespace, List[str]]:
        """Parse the words, and report those that belong to no option of this parser."""
        self._words = list(args or ())
        # Only the parser of a command has its options, and reports words that are none of them.
        if not self._commands() and self._mistyped():
            self.error("")
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unexpected {_listed(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Print the message, or the nearest option or command, and exit with status 2.

        It names the command that shows the usage, and does not print the usage itself.
        """
        commands = self._commands()
        mistyped = self._mistyped()
        if commands and not self._words:
            message = f"name a command: {', '.join(commands)}"
        elif commands and not self._words[0].startswith("-"):
            word = self._words[0]
            if word not in commands:
                message = f"there is no command {word}{_suggested(nearest(word, commands)) or '.'}"
                message += f" The commands are {', '.join(commands)}"
        elif mistyped:
            options = [option for option in self._option_string_actions if option[:2] == "--"]
            sentences = [
                f"there is no option {word}{_suggested(nearest(word, options)) or '.'}"
                for word in mistyped
            ]
            message = " ".join(sentences)
        elif commands and message.startswith(_REQUIRED):
            message = f"name a command: {', '.join(commands)}"
            if self._words[0] not in self._option_string_actions:
                message = f"there is no option {self._words[0]}; {message}"
        elif message.startswith(_REQUIRED) and len(self._named()) > 1:
            # The word that was given may be meant for another place.
            message += f"; give {' '.join(self._named())} in this order"
        # The usage of a command is longer than the screen, and hides the message.
        self.exit(2, f"{self.prog}: error: {message}\nsee {self.prog} --help\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Name the nearest of the choices of an option, before all of them."""
        if action.choices is None or value in action.choices:
            return
        choice = nearest(str(value), map(str, action.choices))
        choices = ", ".join(map(str, action.choices))
        text = f"there is no {value}{_suggested(choice) or '.'} The choices are {choices}"
        if "--list" in self._option_string_actions:
            text += f". {self.prog} --list describes them"
        raise argparse.ArgumentError(action, text)

    def _named(self) -> List[str]:
        """Return the names of the arguments that are no options, as the help shows them."""
        return [
            str(action.metavar or action.dest)
            for action in self._actions
            if not action.option_strings and action.nargs is None
        ]

    def _commands(self) -> List[str]:
        """Return the names of the commands of this parser."""
        return [
            name
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)
            for name in action.choices
        ]

    def _mistyped(self) -> List[str]:
        """Return words that look like long options but are not, and do not abbreviate one."""
        mistyped = []
        for text in self._words:
            if text == "--":
                break
            match = re.match(r"--?[A-Za-z][\w-]+", text)
            if match is None:
                continue
            if f"-{match[0]}" in self._option_string_actions:
                # A long option with one hyphen, which Python takes for a short one with a value.
                mistyped.append(match[0])
                continue
            if text[1] != "-" and text[:2] in self._option_string_actions:
                continue
            known = any(option.startswith(match[0]) for option in self._option_string_actions)
            if not known:
                mistyped.append(match[0])
        return mistyped


def _plain(word: str) -> str:
    return word.lower().replace("_", "-").lstrip("-")


def _suggested(word: Optional[str]) -> str:
    return f"; did you mean {word}?" if word else ""


def _listed(words: Sequence[str]) -> str:
    return f"argument{'s' if len(words) > 1 else ''} {' '.join(words)}"
