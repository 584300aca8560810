"""A service of three small tables, for the tests of the kit itself."""
