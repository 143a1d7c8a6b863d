"""Whole runs of the command, timed and watched, and the pages about them."""
