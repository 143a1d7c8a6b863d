"""Studies of the estimate on simulated maps; each writes a page and a table of numbers."""
