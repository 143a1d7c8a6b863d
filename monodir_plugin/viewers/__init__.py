"""Viewers of the results in Scipion."""
