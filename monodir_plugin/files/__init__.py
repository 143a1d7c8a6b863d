"""Maps, masks, tables and results on disk."""
