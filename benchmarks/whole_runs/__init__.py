"""Time and memory of whole runs of the command, and the pages about them."""
