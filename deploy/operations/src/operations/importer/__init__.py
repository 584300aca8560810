"""Bring a company's own tables into Tradewind through the services' public bulk APIs.

A mapping file (TOML) says which columns become which fields; the importer evaluates it row by
row, sends batches, retries what is not visible yet, and reports what was refused and why. A row
is taken whole or not at all: every bulk endpoint stores a row in one savepoint.

Owns: nothing in any database; it is a client like any other.
Invariants: running the same import again changes nothing; a refused row leaves no trace.
"""
