"""Fourier transforms of maps, shells, cones and whitening.

Two libraries transform.  scipy.fft transforms whole boxes.  ducc0 transforms where its arguments
save memory or time: a result written into memory that is used again (``out``), or slabs of a box
transformed in place along one axis, many times per Fourier axis.  scipy.fft has no ``out``.
Results of the two differ in the last digits, so that neither replaces the other in a place where
results are to be reproduced.
"""
