"""A service that only counts: what the bus brought, how often and in which order.

The fault tests start it as a process of its own, hurt it, and compare what it counted with a
rebuild from scratch.
"""
