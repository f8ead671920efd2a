"""Where a lot comes from, checked against a node alone: needs neither database nor server."""
