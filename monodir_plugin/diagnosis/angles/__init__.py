"""How large the errors of the particle angles are."""
