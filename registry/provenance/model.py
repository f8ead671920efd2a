"""What a verification says: its checks, the path it walked, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from registry.chain.messages import Terms
from registry.chain.words import FactsWord, LotWord, ObligationWord


class Outcome(StrEnum):
    """How a check ended. Only ``failed`` refuses a lot; only ``not_checked`` leaves it incomplete."""

    PROVEN = "proven"  # follows by hash or signature from what the chain holds
    CLAIMED = "claimed"  # somebody's word, which nothing on the chain can bear out or contradict
    NOT_CHECKED = "not_checked"
    FAILED = "failed"


class Verdict(StrEnum):
    VERIFIED = "verified"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"


class Broken(Exception):  # noqa: N818 - a finding about the chain's data, no error of this program
    """What was read contradicts itself, so the check ``name`` fails and the walk cannot go on from here."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


class OutOfReach(Broken):
    """Nothing contradicts itself, but what the check ``name`` needs is gone from the node or more than may be
    read: it is left not checked."""


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``name`` is stable and says the reason where ``outcome`` is failed; ``subject`` is
    the lot, act, party, invoice or transaction it was looked at for; ``detail`` is a sentence."""

    name: str
    subject: str
    outcome: Outcome
    detail: str


@dataclass
class Checks:
    """The checks of one verification, in the order in which they were made."""

    made: list[Check] = field(default_factory=list)

    def proven(self, name: str, subject: str, detail: str) -> None:
        self.made.append(Check(name, subject, Outcome.PROVEN, detail))

    def claimed(self, name: str, subject: str, detail: str) -> None:
        self.made.append(Check(name, subject, Outcome.CLAIMED, detail))

    def not_checked(self, name: str, subject: str, detail: str) -> None:
        self.made.append(Check(name, subject, Outcome.NOT_CHECKED, detail))

    def failed(self, name: str, subject: str, detail: str) -> None:
        self.made.append(Check(name, subject, Outcome.FAILED, detail))

    def broke(self, subject: str, broken: Broken) -> None:
        """Failed, or not checked where it was only out of reach."""
        outcome = Outcome.NOT_CHECKED if isinstance(broken, OutOfReach) else Outcome.FAILED
        self.made.append(Check(broken.name, subject, outcome, broken.detail))

    def holds(self, name: str, subject: str, detail: str, *, otherwise: str, if_true: bool) -> bool:
        """Proven with ``detail`` where ``if_true``, else failed with the sentence ``otherwise``."""
        outcome = Outcome.PROVEN if if_true else Outcome.FAILED
        self.made.append(Check(name, subject, outcome, detail if if_true else otherwise))
        return if_true

    def verdict(self) -> Verdict:
        outcomes = {check.outcome for check in self.made}
        if Outcome.FAILED in outcomes:
            return Verdict.REFUSED
        return Verdict.INCOMPLETE if Outcome.NOT_CHECKED in outcomes else Verdict.VERIFIED


@dataclass(frozen=True)
class SignedMessage:
    """What a key signed (EIP-712): the message's type, its members as JSON writes them, until when it could be
    used (seconds since 1970), the 32 bytes that were signed and the signature, 0x hex."""

    type: str
    values: dict[str, Any]
    deadline: int
    digest: str
    signature: str


@dataclass(frozen=True)
class Signer:
    """One key that consented for ``party``. ``authority`` is ``account``, ``mandate``, ``two keys``, or
    ``arbiter`` or ``operator``, which act for no party (0);
    ``has_sent`` says it consented by sending the transaction instead of signing a ``message``."""

    party: int
    address: str
    authority: str
    has_sent: bool
    message: SignedMessage | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Hop:
    """One act on the way from the registration to the lot, oldest first.

    ``event`` is the contract's event; ``amount_minor`` what moved (for a split the child's amount). ``giver``
    and ``taker`` are party numbers, 0 where the act names none. ``is_checked``: every consent it needed is
    proven. ``is_pledge``: a financing, or its release, that left title where it was. ``at`` is the block's time
    in seconds since 1970.
    """

    event: str
    lot: int
    child: int | None
    giver: int
    taker: int
    amount_minor: int
    block: int
    tx: str
    at: int
    signers: tuple[Signer, ...]
    is_checked: bool
    is_pledge: bool = False


@dataclass(frozen=True)
class InvoiceUse:
    """An invoice behind the receivable: what this receivable uses of its cap, and what all use together
    (None where the node did not say). Minor units of the terms' currency."""

    fingerprints: tuple[bytes, ...]
    cap_minor: int
    amount_minor: int
    used_minor: int | None


@dataclass(frozen=True)
class PartyOnPath:
    """A party that the path names: the fingerprint it was admitted under, and the accounts it had, oldest first, 0x
    hex."""

    number: int
    identity: bytes
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Path:
    """From the registration (first hop) to the lot as it stands. ``facts`` and ``obligation``, what the obligor owes
    in all in this currency, are None where the node did not say."""

    lot: int
    word: LotWord
    terms: Terms
    facts: FactsWord | None
    obligation: ObligationWord | None
    lineage: tuple[int, ...]
    hops: tuple[Hop, ...]
    invoices: tuple[InvoiceUse, ...]
    parties: tuple[PartyOnPath, ...] = ()


@dataclass(frozen=True)
class Total:
    """What an obligor owes in all in one currency, the bound it set itself (0 for none), both in minor units, on how
    many receivables, and the account that signs for it, 0x hex."""

    account: str
    outstanding: int
    quota: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What every verification says. ``at_block`` and ``at_seconds`` say as of when all this holds."""

    contract: str
    chain_id: int
    at_block: int
    at_seconds: int
    checks: tuple[Check, ...]
    verdict: Verdict

    def of(self, outcome: Outcome) -> list[Check]:
        """The checks that ended so."""
        return [check for check in self.checks if check.outcome is outcome]


@dataclass(frozen=True, kw_only=True)
class Verification(Findings):
    """Of a lot. ``path`` is None where the chain's data broke before one could be put together; ``names``: of parties,
    by the certificates of authorities that the reader trusts."""

    lot: int
    path: Path | None
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TotalVerification(Findings):
    """Of what a party owes in all in a currency (ISO 4217 number). ``total`` is None where it could not be read."""

    obligor: int
    currency: int
    total: Total | None
