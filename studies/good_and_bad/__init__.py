"""Good and bad maps with their verdicts, and the same maps by RELION and by numbers per map."""
