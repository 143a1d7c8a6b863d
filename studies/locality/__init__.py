"""How far strong signal reaches into a region without signal."""
