"""The method of the authors' program (Xmipp 3.24), which the preset ``published`` follows."""
