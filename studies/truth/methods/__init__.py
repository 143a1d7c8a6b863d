"""The estimates that the study compares: the program, plain correlations, and RELION."""
