"""Timings, run by hand; nothing here is asserted in a test."""
