"""How cone, band, window, spread and stopping were chosen, on cases of their own."""
