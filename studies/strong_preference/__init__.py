"""Views, tilts and isotropy of maps with strong preferences, and of symmetric particles."""
