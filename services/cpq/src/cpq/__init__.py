"""Configure, price, quote: what we offer a customer, and at what price."""

__version__ = "0.1.0"
