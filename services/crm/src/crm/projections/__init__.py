"""What other services told the CRM: quotes, orders, invoices, payments, credit."""
