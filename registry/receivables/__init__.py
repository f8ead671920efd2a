"""Receivables and their lots: drafts, registration, confirmation, transfers."""
