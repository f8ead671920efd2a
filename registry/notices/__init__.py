"""Notices of assignment to obligors, and the bank accounts payment is due to."""
