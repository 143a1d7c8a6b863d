"""Tests: numbers with known answers, refusals, files."""
