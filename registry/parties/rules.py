"""Pure rules of the parties area."""

from registry.kit.identifiers import TaxId

IDENTITY_DOMAIN = "party/1"
NO_CAP = 2**64 - 1  # the cap of a key that may sign any amount
ROLE_BITS = {"obligor": 1, "supplier": 2, "funder": 4, "registrar": 8, "settler": 16}


def identity_fields(identifier: TaxId) -> tuple[str, str]:
    """What a party's on-chain identity is the keyed fingerprint of: country and value, not how it is written."""
    return identifier.country, identifier.value


def role_names(roles: int) -> list[str]:
    """The names of a role set, in a fixed order."""
    return [name for name, bit in ROLE_BITS.items() if roles & bit]
