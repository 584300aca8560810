"""Prices of a Salesforce Revenue Cloud data set: price books, selling models, costs, usage rates.

Pure: rows go in, documents of `POST /v1/price-books`, values of `cpq.selling` and findings come
out. Nothing is known of one company's products, books or currencies.
docs/architecture/revenue-cloud-pricing.md lists the tables that are read.
"""

from cpq.readers.revenue_cloud.pricing.books import Book, Entry
from cpq.readers.revenue_cloud.pricing.reading import Prices, read, read_directory
from cpq.readers.revenue_cloud.pricing.selling import Ramp, Way
from cpq.readers.revenue_cloud.pricing.usage import Adjusted, UsageGrant, UsageRate

__all__ = [
    "Adjusted",
    "Book",
    "Entry",
    "Prices",
    "Ramp",
    "UsageGrant",
    "UsageRate",
    "Way",
    "read",
    "read_directory",
]
