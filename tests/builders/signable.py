"""What a test of consents needs to know of an act."""

from dataclasses import dataclass
from typing import Any

from registry.chain.keys import SigningKey
from registry.chain.messages import Consent, Signed
from registry.chain.words import Scope
from tests.builders.ledger import STRANGER, Ledger, account, key_named

AMOUNT = 400_000
NEWCOMER = 77
HELPER = key_named("helper")


@dataclass(frozen=True)
class Signable:
    """One act waiting for one party's consent.

    ``scope`` None: only the account may; ``capped``: the amount a key's cap is held against, 0 for none;
    ``others``: further consents the act needs; ``relayer``: who may bring it; ``is_sendable``: the party may
    send it itself.
    """

    act: str
    arguments: tuple[Any, ...]
    message: Signed
    party: int
    scope: Scope | None = None
    capped: int = 0
    has_currency: bool = True
    others: tuple[Consent, ...] = ()
    relayer: SigningKey = STRANGER
    is_sendable: bool = True
    signer: SigningKey | None = None

    @property
    def own_key(self) -> SigningKey:
        return self.signer or account(self.party)

    @property
    def lack(self) -> str:
        """The refusal where nobody consents: the act asks for one address or for a party's authority."""
        return "SignatureInvalid" if self.act in ("admit", "takeAccount") else "ConsentMissing"

    def send(self, ledger: Ledger, *consents: Consent, sender: SigningKey | None = None) -> None:
        ledger.send(sender or self.relayer, self.act, *self.arguments, [*self.others, *consents])
