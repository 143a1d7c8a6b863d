"""From numbers to a diagnosis: what a map's defects are, each with its error bar."""
