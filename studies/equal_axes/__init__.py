"""The scatter of axes in simulated maps, against the range by chance that a run reports."""
