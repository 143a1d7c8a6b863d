"""The files of one run: maps, table, summary, diagnosis, parts, and the same for Xmipp."""
