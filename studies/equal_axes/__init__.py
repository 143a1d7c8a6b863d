"""How far axes scatter by chance, against what a run says of equal axes."""
