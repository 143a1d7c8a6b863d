"""The forms: parameters, values, checks, and images as files."""
