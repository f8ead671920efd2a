"""One module per syntax: a table from terms to paths, and what the table cannot say."""
