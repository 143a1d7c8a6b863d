"""The steps of a protocol: commands, their resources, and results that are used again."""
