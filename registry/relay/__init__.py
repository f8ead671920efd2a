"""Outbox to transactions: an act is written beside its rows, signed once, sent until the chain has it."""
