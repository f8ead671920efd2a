"""Who takes part: parties, their legal identifiers, roles and keys."""
