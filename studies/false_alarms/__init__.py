"""Warnings on sound maps and half maps, counted."""
