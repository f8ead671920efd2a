"""Invoices from sheets: columns mapped to terms, rows registered in bounded batches."""
