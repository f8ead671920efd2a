"""What was asked of the registry, by whom, and what became of it, in a chain of hashes."""
