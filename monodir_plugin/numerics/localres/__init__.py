"""The estimator of the default preset: signal-to-noise ratios by voxel, axis and frequency."""
