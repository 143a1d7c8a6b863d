"""What the forms hold: parameters, values, checks, and images as files."""
