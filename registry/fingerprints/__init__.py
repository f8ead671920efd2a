"""Keyed fingerprints: RFC 9497's verifiable oblivious function over invoice keys and party identifiers."""
