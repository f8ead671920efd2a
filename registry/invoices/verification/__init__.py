"""Is an invoice what it says it is: its own figures, its signatures, its picture, and what an authority says."""
