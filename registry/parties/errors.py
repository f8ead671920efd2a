"""How the parties area says no."""

from registry.kit.errors import BadInput, Conflict, NotFound
from registry.relay.refusals import refusal_class


class InvitationNotFound(NotFound):
    code = "invitation_not_found"
    title = "There is no such invitation"


class InvitationOver(Conflict):
    code = "invitation_over"
    title = "This invitation was accepted, was taken back, or has run out"


class EvidenceMalformed(BadInput):
    code = "evidence_malformed"
    title = "A document is told by its SHA-256 and a title"


class PartyNotFound(NotFound):
    code = "party_not_found"
    title = "There is no such party"


class IdentifierTaken(Conflict):
    code = "identifier_taken"
    title = "A party with this identifier is registered already"


class AccountTaken(Conflict):
    code = "account_taken"
    title = "This address belongs to a party already"


class PartyNumberTaken(Conflict):
    code = "party_number_taken"
    title = "Another party was admitted under this number meanwhile"


class BadPartyName(BadInput):
    code = "bad_party_name"
    title = "A party needs a name"


class BadIdentifier(BadInput):
    code = "bad_identifier"
    title = "The tax identifier is not one"


class BadRole(BadInput):
    code = "bad_role"
    title = "There is no such role"


class PartyChanged(Conflict):
    code = "party_changed"
    title = "The party's keys changed since this was prepared"


# What the chain would say too, said earlier and with names: one code, one class.
KeyUnknown = refusal_class("KeyUnknown")
ProposalFinal = refusal_class("ProposalFinal")
ProposalUnknown = refusal_class("ProposalUnknown")
ProposalWaits = refusal_class("ProposalWaits")
