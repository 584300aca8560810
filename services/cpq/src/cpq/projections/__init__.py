"""What the other services said: customers, credit, items, prices, costs, stock promises, taxes.

Owns: nothing. It remembers facts of the CRM and the ERP, each with the event it came from.
Invariants: the newest sequence of an aggregate wins, whatever order events come in; a rebuild
    from the topics gives the same rows.
Hears: crm.customer, erp.item, erp.price, erp.cost, erp.stock, erp.credit, erp.tax.
Says: nothing.
"""
