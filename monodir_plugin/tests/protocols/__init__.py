"""Tests of ``monodir_plugin.protocols``."""
