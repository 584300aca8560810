"""A Salesforce Revenue Cloud catalogue: its tables in CSV, and its constraint models in CML.

Products with components or attributes become models, items by SKU; the constraint models are tied
to them by their own tables. Nothing is known of one company's catalogue: only headers and what the
rows refer to. docs/architecture/configuration-readers.md lists the tables that are read.
"""

from cpq.readers.revenue_cloud.reading import read, read_directory

__all__ = ["read", "read_directory"]
