"""Solvent: where a map holds noise alone, and whether that is the noise of its particle."""
