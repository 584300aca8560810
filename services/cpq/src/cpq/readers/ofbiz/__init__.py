"""OFBiz's configurable products, from the XML that its entity engine exports and loads.

docs/architecture/configuration-readers.md lists the entities that are read.
"""

from cpq.readers.ofbiz.reading import read

__all__ = ["read"]
