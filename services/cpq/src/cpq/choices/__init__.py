"""How choices are written: as a use case is asked them, and as requests and answers carry them.

Configurations and quotes write them the same way because they both take them from here.
"""
