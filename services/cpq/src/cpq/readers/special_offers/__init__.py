"""Special offers as price books: AdventureWorks' tables, and any other company's of that layout.

Pure: rows go in, documents of `POST /v1/price-books` and findings come out. Nothing is known of
one company's products, categories or days.
"""

from cpq.readers.special_offers.options import add_options, audience
from cpq.readers.special_offers.reading import read, read_directory
from cpq.readers.special_offers.shelving import EVERYBODY, Audience

__all__ = ["EVERYBODY", "Audience", "add_options", "audience", "read", "read_directory"]
