"""Half maps that do not belong together: which are found, and false alarms on sound ones."""
