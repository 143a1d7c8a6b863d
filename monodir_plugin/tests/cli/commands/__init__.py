"""Tests of ``monodir_plugin.cli.commands``."""
