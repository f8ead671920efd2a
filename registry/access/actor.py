"""Who is asking. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from registry.chain.words import Role as ChainRole
from registry.chain.words import Scope
from registry.storage.sight import Viewer


class Role(StrEnum):
    """What somebody may do here, within what the ledger lets their party do. A funder's work is in three hands:
    the reviewer looks into an offer, the approver agrees to it, finance pays and collects. An outsider takes no part
    and sees no record: it asks blind whether an invoice is known."""

    OBLIGOR = "obligor"
    SUPPLIER = "supplier"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    FINANCE = "finance"
    SETTLER = "settler"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    OUTSIDER = "outsider"


FUNDER = frozenset({Role.REVIEWER, Role.APPROVER, Role.FINANCE})
# What stands for no party.
OFFICES = frozenset({Role.OPERATOR, Role.AUDITOR})
# Everybody who takes part.
EVERYONE = frozenset(Role) - {Role.OUTSIDER}

_OF_PARTIES = {
    ChainRole.OBLIGOR: frozenset({Role.OBLIGOR}),
    ChainRole.SUPPLIER: frozenset({Role.SUPPLIER}),
    ChainRole.FUNDER: FUNDER,
    ChainRole.SETTLER: frozenset({Role.SETTLER}),
}
_OF_SCOPES = {
    Scope.REGISTER: frozenset({Role.SUPPLIER}),
    Scope.CONFIRM: frozenset({Role.OBLIGOR}),
    Scope.TRANSFER: frozenset({Role.SUPPLIER, Role.FINANCE}),
    Scope.FINANCE: frozenset({Role.SUPPLIER, Role.APPROVER}),
    Scope.SETTLE: frozenset({Role.SUPPLIER, Role.FINANCE, Role.SETTLER}),
}


@dataclass(frozen=True)
class Actor:
    """``party`` 0: of no party. ``person``: the address that signed in, or an API key's id. ``is_account``:
    whether it signs for its party without bound, and so decides who else may come in."""

    party: int
    person: str
    name: str
    roles: frozenset[Role]
    trusted_by: frozenset[int] = frozenset()
    is_account: bool = False

    @property
    def is_operator(self) -> bool:
        return Role.OPERATOR in self.roles

    @property
    def viewer(self) -> Viewer | None:
        """On whose behalf rows are read; None sees all."""
        return None if self.is_operator else Viewer(self.party, self.trusted_by)


def roles_of_party(roles: int) -> frozenset[Role]:
    """What all people of a party together may do, by its roles on the ledger."""
    return frozenset[Role]().union(*(granted for bit, granted in _OF_PARTIES.items() if roles & bit))


def roles_of_mandate(scopes: int) -> frozenset[Role]:
    """What a mandated key's holder may do, as far as its party may."""
    return frozenset[Role]().union(*(granted for bit, granted in _OF_SCOPES.items() if scopes & bit))
