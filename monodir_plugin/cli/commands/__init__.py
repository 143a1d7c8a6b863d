"""The commands: the arguments of each, and the workflow that it calls."""
