"""Noise: its power along every axis, and which axes hold data."""
