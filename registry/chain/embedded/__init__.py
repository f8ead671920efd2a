"""A chain of one's own: py-evm on a SQLite file, answering JSON-RPC on loopback."""
