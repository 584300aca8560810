"""The base of every table of this service."""

from sqlalchemy import MetaData

from servicekit.tables import NAMING, ServiceBase


class Base(ServiceBase):
    """Mapped classes of the ERP derive from it."""

    __abstract__ = True

    metadata = MetaData(naming_convention=NAMING)
