"""The commands as functions: each reads and checks its input, computes, and writes files."""
