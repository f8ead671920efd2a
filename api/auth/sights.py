"""All that areas say of who sees their rows, loaded: a session narrowed without them would show nothing."""

from registry.access import sight as access
from registry.audit import sight as audit
from registry.financing import sight as financing
from registry.invoices import sight as invoices
from registry.mirror import sight as mirror
from registry.notices import sight as notices
from registry.parties import sight as parties
from registry.receivables import sight as receivables
from registry.relay import sight as relay
from registry.rules import sight as rules
from registry.webhooks import sight as webhooks

SIGHTS = (access, audit, financing, invoices, mirror, notices, parties, receivables, relay, rules, webhooks)
