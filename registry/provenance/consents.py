"""Who consented to an act, decided as the contract decides it (``Parties._requireConsent``)."""

from dataclasses import dataclass, replace
from typing import Any

from registry.chain.contract import Call, consents_of
from registry.chain.keys import same_address
from registry.chain.messages import Admission, Consent, Domain, Mandate, Signed, Takeover
from registry.chain.words import KeyWord, PartyWord, RecoveryWord, Role
from registry.provenance.demands import Demand, Needs
from registry.provenance.history import Act, acts_of
from registry.provenance.model import Broken, SignedMessage, Signer
from registry.provenance.reading import Reader
from registry.provenance.standing import HistoryGone, Parties, Standing

_MAX_JSON = (1 << 53) - 1


@dataclass(frozen=True)
class Sent:
    """A transaction taken apart. ``call`` is None where it called another contract or a function unknown
    here, and ``why_not`` says so."""

    sender: str
    call: Call | None
    why_not: str = ""

    @property
    def consents(self) -> list[Consent]:
        return [] if self.call is None else consents_of(self.call)


class Consents:
    """Checks signatures over messages of one contract on one chain."""

    def __init__(self, reader: Reader, parties: Parties, domain: Domain) -> None:
        self._reader = reader
        self._parties = parties
        self._domain = domain

    def check(self, demand: Demand, sent: Sent, act: Act) -> list[Signer]:
        """The keys that gave the consent the act needed. Raises Broken with the reason where it was not
        given, HistoryGone where the node cannot tell."""
        standing = self._parties.standing(demand.party, act)
        if demand.needs is Needs.ACTIVE and not standing.is_active:
            raise Broken("party_inactive", f"Party {demand.party} was frozen or expired.")
        if demand.needs is Needs.UNFROZEN and standing.is_frozen:
            raise Broken("party_inactive", f"Party {demand.party} was frozen.")
        if demand.role is not None and not standing.has_role(demand.role):
            raise Broken("role_missing", f"Party {demand.party} had not the role {demand.role.name}.")
        if standing.is_account(sent.sender):
            return [Signer(demand.party, sent.sender, "account", has_sent=True)]
        return self._by_keys(demand, standing, sent, act)

    def _by_keys(self, demand: Demand, standing: Standing, sent: Sent, act: Act) -> list[Signer]:
        first: Signer | None = None
        offers = [(offer.signer, offer) for offer in sent.consents]
        # The contract asks the account first and the sender last.
        for offer in sent.consents:
            if standing.is_account(offer.signer):
                self.require_signed(demand.message, offer, act)
                return [self._signer(demand.party, "account", demand.message, offer)]
        for address, consent in [*offers, (sent.sender, None)]:
            mandate = standing.mandate(address, demand.scope, demand.currency, demand.amount_minor)
            if not mandate.counts or (first is not None and same_address(first.address, address)):
                continue
            signer = Signer(demand.party, address, "mandate", has_sent=True)
            if consent is not None:
                self.require_signed(demand.message, consent, act)
                signer = self._signer(demand.party, "mandate", demand.message, consent)
            if mandate.suffices:
                return [signer]
            if first is not None:
                return [replace(each, authority="two keys") for each in (first, signer)]
            first = signer
        if first is not None:
            raise Broken(
                "mandate_exceeded",
                f"Key {first.address} alone may not carry {demand.amount_minor} minor units "
                f"for party {demand.party}, and no second key signed.",
            )
        raise Broken("consent_missing", f"No key entitled to act for party {demand.party} signed or sent it.")

    def check_registrar(self, sent: Sent, act: Act) -> list[Signer]:
        """The registrar whose key sent the registration. Raises Broken, HistoryGone."""
        party = self._parties.owner_of_key(sent.sender, act)
        if not party:
            raise Broken("registrar_missing", f"{sent.sender} was no party's key when it registered.")
        standing = self._parties.standing(party, act)
        if not (
            standing.is_active and standing.has_role(Role.REGISTRAR) and standing.has_live_key(sent.sender)
        ):
            raise Broken("registrar_missing", f"{sent.sender} of party {party} was no registrar's live key.")
        authority = "account" if standing.is_account(sent.sender) else "mandate"
        return [Signer(party, sent.sender, authority, has_sent=True)]

    def check_arbiter(self, sent: Sent, act: Act) -> list[Signer]:
        """The arbiter of that time sent it, for its orders take no other form. Raises Broken, HistoryGone."""
        before = self._reader.word("arbiter", block=max(act.block - 1, 0))
        if before is None:
            raise HistoryGone(act.block)
        if not same_address(f"0x{before:040x}", sent.sender) and not self._became_arbiter(sent.sender, act):
            raise Broken("arbiter_missing", f"{sent.sender} was not the arbiter.")
        return [Signer(0, sent.sender, "arbiter", has_sent=True)]

    def _became_arbiter(self, address: str, act: Act) -> bool:
        """Within the act's own block, before it."""
        about = acts_of(self._reader, self._reader.logs(int(address, 16)))
        return any(
            each.name == "ArbiterSet" and each.block == act.block and each.place < act.place for each in about
        )

    def check_takeover(self, act: Act, sent: Sent) -> list[Signer]:
        """The new account signed for itself, or sent it, and its proposal had waited unvetoed. Raises Broken,
        HistoryGone."""
        party, account = act.number("party"), str(act.event.values["account"])
        proposed = self._parties.proposal(party, act)
        proposal = RecoveryWord.unpack(proposed.number("recoveryWord")) if proposed else None
        if proposal is None or not same_address(f"0x{proposal.account:040x}", account):
            raise Broken("proposal_missing", f"{account} was not the account proposed for party {party}.")
        if act.at < proposal.effective:
            raise Broken("proposal_missing", f"{account} was taken before its proposal had waited.")
        nonce = (PartyWord.unpack(act.number("partyWord")).nonce - 1) % (1 << 32)
        return [self._own(Takeover(party, account, nonce), account, "account", party, sent, act)]

    def check_proposal(self, act: Act, sent: Sent) -> list[Signer]:
        """The operator or the arbiter of that time sent it; which of them may is the contract's to say. Raises
        Broken, HistoryGone."""
        for view in ("owner", "arbiter"):
            # Who became it within the block stands so at its end.
            for block in (max(act.block - 1, 0), act.block):
                word = self._reader.word(view, block=block)
                if word is None:
                    raise HistoryGone(block)
                if same_address(f"0x{word:040x}", sent.sender):
                    return [Signer(0, sent.sender, "operator" if view == "owner" else view, has_sent=True)]
        raise Broken("proposal_missing", f"{sent.sender}, who proposed an account, was not the operator.")

    def check_admission(self, act: Act, sent: Sent) -> list[Signer]:
        """The account that signed its own admission, or sent it. Raises Broken, HistoryGone."""
        party, identity = act.number("party"), act.octets("identity")
        account = f"0x{PartyWord.unpack(act.number('partyWord')).account:040x}"
        return [self._own(Admission(party, identity, account), account, "account", party, sent, act)]

    def check_grant(self, act: Act, sent: Sent) -> list[Signer]:
        """A key's mandate: the party's account gave it and the key itself took it. Raises Broken,
        HistoryGone."""
        party, address = act.number("party"), str(act.event.values["key"])
        key = KeyWord.unpack(act.number("keyWord"))
        nonce = (PartyWord.unpack(act.number("partyWord")).nonce - 1) % (1 << 32)
        message = Mandate(party, address, key.scopes, key.currency, key.valid_until, key.cap, nonce)
        account = self._parties.standing(party, act).account
        return [
            self._own(message, account, "account", party, sent, act),
            self._own(message, address, "mandate", party, sent, act),
        ]

    def _own(self, message: Signed, address: str, authority: str, party: int, sent: Sent, act: Act) -> Signer:
        """The address itself sent the transaction or signed the message."""
        if same_address(address, sent.sender):
            return Signer(party, sent.sender, authority, has_sent=True)
        for consent in sent.consents:
            if same_address(consent.signer, address):
                self.require_signed(message, consent, act)
                return self._signer(party, authority, message, consent)
        raise Broken(
            "consent_missing", f"{address} did not sign this {type(message).__name__} of party {party}."
        )

    def _signer(self, party: int, authority: str, message: Signed, consent: Consent) -> Signer:
        shown = SignedMessage(
            type=type(message).__name__,
            values=_as_json(message.values()),
            deadline=consent.deadline,
            digest="0x" + message.digest(self._domain, consent.deadline).hex(),
            signature="0x" + consent.signature.hex(),
        )
        return Signer(party, consent.signer, authority, has_sent=False, message=shown)

    def require_signed(self, message: Signed, consent: Consent, act: Act) -> None:
        """Raises Broken with ``consent_expired`` or ``signature_invalid``, HistoryGone."""
        if act.at > consent.deadline:
            raise Broken(
                "consent_expired",
                f"{consent.signer} signed until {consent.deadline}, the block is of {act.at} "
                "(seconds since 1970).",
            )
        if message.is_signed_by(consent, self._domain):
            return
        digest = message.digest(self._domain, consent.deadline)
        is_accepted = self._reader.wallet_accepts(consent.signer, digest, consent.signature, act.block)
        if is_accepted is None:
            raise HistoryGone(act.block)
        if not is_accepted:
            raise Broken(
                "signature_invalid",
                f"The signature under {consent.signer} does not fit this {type(message).__name__}.",
            )


def _as_json(value: Any) -> Any:
    """A message's members: bytes as 0x hex, integers that not every JSON reader keeps whole as decimal text."""
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    if isinstance(value, int) and value > _MAX_JSON:
        return str(value)
    return "0x" + value.hex() if isinstance(value, bytes) else value
