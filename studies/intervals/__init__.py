"""How often intervals of resolutions hold the true value."""
