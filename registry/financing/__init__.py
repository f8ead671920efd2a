"""Reserve, lock, finance, settle: one lot, one financing."""
