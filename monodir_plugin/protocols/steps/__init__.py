"""What the steps of a protocol run: commands, their resources, and what need not be repeated."""
