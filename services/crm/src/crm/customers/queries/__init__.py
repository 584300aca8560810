"""Reads of the customers slice."""

from crm.customers.models import Contact, Customer
from crm.customers.queries.customers import (
    Brief,
    RecordedConsent,
    brief,
    by_phone,
    consent_ledger,
    contact,
    contacts,
    customer,
    customers_of_contacts,
    existing,
    ids_by_reference,
    known,
)
from crm.customers.queries.families import Family, Relative, ancestors, family, levels
from crm.customers.rules import ContactIsAnothers, ContactNotFound, CustomerNotFound

__all__ = [
    "Brief",
    "Contact",
    "ContactIsAnothers",
    "ContactNotFound",
    "Customer",
    "CustomerNotFound",
    "Family",
    "RecordedConsent",
    "Relative",
    "ancestors",
    "brief",
    "by_phone",
    "consent_ledger",
    "contact",
    "contacts",
    "customer",
    "customers_of_contacts",
    "existing",
    "family",
    "ids_by_reference",
    "known",
    "levels",
]
