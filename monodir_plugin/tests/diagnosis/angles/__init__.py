"""Tests of ``monodir_plugin.diagnosis.angles``."""
