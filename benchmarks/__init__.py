"""Timings, and a comparison of the numbers of two checkouts; run by hand, not by tests."""
