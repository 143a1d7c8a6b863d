"""The experiments of the paper's Figures 1 to 3, simulated."""
