"""Drawing shared by all figures: style, planes, discs, marks of what is not resolved, saving."""
