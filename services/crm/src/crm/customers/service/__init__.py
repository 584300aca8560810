"""Use cases of the customers slice: load, decide, record, announce. None of them commits."""

from crm.customers.rules import (
    DEFAULT_TIER,
    Address,
    ConsentLiesInTheFuture,
    Existing,
    NewContact,
    NewCustomer,
    PhoneNumberIsImpossible,
    PrimaryContactIsTaken,
    RoleEndsBeforeItStarts,
    check_decision_time,
)
from crm.customers.service.changes import change_customer, change_tier
from crm.customers.service.consents import record_consent
from crm.customers.service.contacts import add_contact, change_contact
from crm.customers.service.creation import Created, create_customer, import_customers
from crm.customers.service.phones import e164

__all__ = [
    "DEFAULT_TIER",
    "Address",
    "ConsentLiesInTheFuture",
    "Created",
    "Existing",
    "NewContact",
    "NewCustomer",
    "PhoneNumberIsImpossible",
    "PrimaryContactIsTaken",
    "RoleEndsBeforeItStarts",
    "add_contact",
    "change_contact",
    "change_customer",
    "change_tier",
    "check_decision_time",
    "create_customer",
    "e164",
    "import_customers",
    "record_consent",
]
