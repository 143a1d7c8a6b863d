"""Tests of ``monodir_plugin.viewers``."""
