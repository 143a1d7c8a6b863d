"""How often the test of uniform views rejects, and how well its score is measured."""
