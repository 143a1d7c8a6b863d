"""Settings, criterion and decisions of a measurement, and the interface of the estimators."""
