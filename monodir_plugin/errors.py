"""The one exception that reaches a user as a sentence instead of a traceback."""


class InputError(ValueError):
    """What was given cannot be used; the message names it and the mend."""
