"""A service of one table with every kind of address, for the tests of the HTTP edge."""
