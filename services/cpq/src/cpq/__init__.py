"""Configure, price, quote."""
