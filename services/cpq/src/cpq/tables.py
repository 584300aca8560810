"""The base of CPQ's tables."""

from servicekit.tables import NAMING, MetaData, ServiceBase


class Base(ServiceBase):
    """Base of every table of CPQ."""

    __abstract__ = True

    metadata = MetaData(naming_convention=NAMING)
