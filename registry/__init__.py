"""Counterfoil: a registry of receivables whose proofs stand on a chain."""
