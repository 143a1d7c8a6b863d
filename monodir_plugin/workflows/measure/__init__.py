"""Measuring: inputs of every kind, the run of one map or several, and its parts for queues."""
