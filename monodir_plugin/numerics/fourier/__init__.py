"""Fourier coefficients: spectra, shells, cones, bands and whitening."""
