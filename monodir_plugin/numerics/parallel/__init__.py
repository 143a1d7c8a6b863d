"""Processes, threads and reusable buffers."""
