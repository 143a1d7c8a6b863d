"""Tests of ``monodir_plugin.files``."""
