"""Reading invoices, telling duplicates, registering them."""
