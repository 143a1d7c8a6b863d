"""Tests of ``monodir_plugin.diagnosis.views``."""
