"""Every estimate of resolution against an oracle that knows signal and noise."""
