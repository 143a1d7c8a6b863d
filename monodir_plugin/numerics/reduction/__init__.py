"""The table R(r, d), and the maps, counts and curves that reduce it."""
