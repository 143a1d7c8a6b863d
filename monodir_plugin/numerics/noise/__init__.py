"""Noise: where a map holds noise alone, its power, and which axes hold data."""
