"""Version 1 of the HTTP API: each area's endpoints, over the same use cases as every other way in.

Signing takes two calls: GET says what to sign, as typed data and in one sentence; POST brings the signatures.
The server derives the typed data again from its own records, and never holds an obligor's, supplier's or
funder's key.
"""
