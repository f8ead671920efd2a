"""Blocks to events to projections: the only writer of what the database says of the chain."""
