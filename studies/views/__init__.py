"""Conical FSC and missing views, as found and as simulated."""
