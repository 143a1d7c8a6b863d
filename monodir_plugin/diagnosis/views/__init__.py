"""How the views were distributed, and which are missing."""
