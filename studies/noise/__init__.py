"""How often noise alone is called resolved."""
