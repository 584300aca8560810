"""The HTTP door of payables."""

from erp.payables.api.documents import (
    bills,
    payable_items,
    payables_ageing,
    payables_proofs,
    supplier_allocations,
    supplier_payments,
)
from erp.payables.api.suppliers import approval_limits, suppliers

routers = (
    suppliers,
    approval_limits,
    bills,
    supplier_payments,
    supplier_allocations,
    payable_items,
    payables_ageing,
    payables_proofs,
)
