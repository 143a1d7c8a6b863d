"""Every figure of the program, drawn from the demo and from half maps."""
