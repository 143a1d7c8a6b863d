"""Tests of the harness, of the pages and of the comparison of checkouts."""
