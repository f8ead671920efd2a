"""Alembic revisions, from the first table on; the same for SQLite and PostgreSQL."""
