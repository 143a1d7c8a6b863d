"""Tests of ``monodir_plugin.chimerax``."""
