"""The events that services promise each other, and the schemas generated from them."""
