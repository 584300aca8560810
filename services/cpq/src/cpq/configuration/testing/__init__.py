"""For tests: random expressions and random small models, with hypothesis."""
