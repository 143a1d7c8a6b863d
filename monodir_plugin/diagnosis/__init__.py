"""What maps tell of an experiment: findings with their errors, from arrays."""
