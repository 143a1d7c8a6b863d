"""The angular error and its interval against simulations with known errors."""
