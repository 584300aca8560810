"""Use cases of the customers slice: load, decide, record, announce. None of them commits."""

from crm.customers.rules import DEFAULT_TIER, Address, Existing, NewContact, NewCustomer
from crm.customers.service.changes import change_customer, change_tier
from crm.customers.service.consents import record_consent
from crm.customers.service.contacts import add_contact, change_contact
from crm.customers.service.creation import Created, create_customer, import_customers

__all__ = [
    "DEFAULT_TIER",
    "Address",
    "Created",
    "Existing",
    "NewContact",
    "NewCustomer",
    "add_contact",
    "change_contact",
    "change_customer",
    "change_tier",
    "create_customer",
    "import_customers",
    "record_consent",
]
