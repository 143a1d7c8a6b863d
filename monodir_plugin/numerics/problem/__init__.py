"""What is asked of a map: settings, criterion, decisions, and what every estimator answers."""
