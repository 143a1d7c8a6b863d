"""Angular errors of the images, from the ratio of tangential to radial power."""
