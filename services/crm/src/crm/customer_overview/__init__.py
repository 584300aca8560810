"""The customer's page: everything we know about a customer, in one answer.

Owns: nothing; assembles what the slices below it know.
Invariants: every fact of another service names its source event and its age, and is marked stale
    when it may have changed since and is older than its budget; the number of statements does not
    depend on how much there is to show.
Hears: nothing.
Says: nothing.
"""
