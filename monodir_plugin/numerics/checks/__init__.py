"""Checks of what a user gives: numbers, maps and masks."""
