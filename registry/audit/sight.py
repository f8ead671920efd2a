"""Who did what is the operator's to read."""

from registry.audit.model import AuditEntry
from registry.storage.sight import shows_nobody

shows_nobody(AuditEntry)
