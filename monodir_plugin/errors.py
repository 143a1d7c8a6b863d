"""The exception whose message is shown to the user instead of a traceback."""


class InputError(ValueError):
    """An input cannot be used. The message is one sentence that states the problem and the fix."""
