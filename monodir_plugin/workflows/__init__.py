"""What the commands do, as functions: read, check, measure, write."""
