"""Two keys of one party under one act, each in its own time: where one key's mandate does not reach, or two persons
must sign, the first signature is kept and the second person finds it at its own sign-in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy.orm import Session

from api.auth.access import PAGES
from api.portal.values import Values
from api.portal.visit import act_link
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.views import View
from registry.access.actor import Actor
from registry.chain.keys import same_address
from registry.chain.messages import Consent
from registry.chain.typed import digest_of, recover
from registry.kit.clock import from_unix
from registry.kit.errors import Refusal
from registry.notices.consents import Wallets
from registry.notices.errors import SecondPersonMissing
from registry.parties import queries as parties
from registry.parties.rules import NO_CAP
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.kept import TWO_KEYS, First, drop_first, keep_first, kept_first
from registry.relay.model import Act, KeptConsent
from registry.relay.refusals import refusal_class

SECONDS_TO_SIGN = 7 * 86_400
SECOND_WANTED = (refusal_class("CapExceeded"), SecondPersonMissing)
NOT_SIGNED: tuple[type[Refusal], ...] = (
    *SECOND_WANTED,
    *(refusal_class(one) for one in ("ConsentMissing", "ConsentExpired", "SignatureInvalid")),
)


class Askable(Protocol):
    """What is needed here of a signed act."""

    @property
    def title(self) -> str: ...

    @property
    def ask(self) -> Callable[[Session, Context, str, Values], View]: ...


def patient(session: Session, context: Context, actor: Actor) -> Context:
    """Where the reader's key has a bound, what it signs lasts until a second person has found the time."""
    key = parties.key(session, actor.person)
    if key is None or key.party != actor.party or key.cap >= NO_CAP:
        return context
    return replace(context, consent_seconds=SECONDS_TO_SIGN)


@dataclass(frozen=True)
class Turn:
    """One person's turn at an act: what is asked for, and what another key of its party signed of the same before."""

    first: First
    before: list[Consent]
    to_sign: View

    def take(
        self,
        context: Context,
        do: Callable[[list[Consent]], Act | str],
        given: list[Consent],
        wallets: Wallets,
    ) -> Act | str | None:
        """What the act makes of these signatures and those of before; None where they are kept until a second key of the
        party signs. What was kept and counts no more, its key being withdrawn, stands in nobody's way."""
        refused = Refusal()
        for signed in ([*self.before, *given], given) if self.before else (given,):
            try:
                made = do(signed)
            except NOT_SIGNED as problem:
                refused = problem
                continue
            if self.before:
                drop_first(context, self.first)
            return made
        if not isinstance(refused, SECOND_WANTED) or not self._keep(context, given, refused, wallets):
            raise refused
        return None

    def _keep(self, context: Context, given: list[Consent], refused: Refusal, wallets: Wallets) -> bool:
        """Whether there is a good signature by a key of the party that a second one is wanted of."""
        party = self.first.party
        if str(refused.fields.get("party")) != str(party):
            return False
        with context.database.read() as session:
            own = [one for one in given if _is_own(session, party, one.signer)]
        good = [one for one in own if _is_good(_digest(self.to_sign, one.deadline), one, wallets)]
        if good:
            keep_first(context, self.first, good)
        return bool(good)


def turn(
    session: Session, context: Context, name: str, party: int, about: str, values: Values, to_sign: View
) -> Turn:
    """``name`` and ``values`` are those of the act's page; ``to_sign`` is what it asks for. Whenever signatures end, one
    and the same message is one act."""
    message = "0x" + _digest(to_sign, 0).hex()
    first = First(name, message, party, {"about": about, "values": dict(values)})
    kept = kept_first(session, context, first)
    return Turn(first, [Consent.from_json(one) for one in kept.consents] if kept else [], to_sign)


def _digest(to_sign: View, deadline: int) -> bytes:
    typed = to_sign["typed_data"]
    return digest_of({**typed, "message": {**typed["message"], "deadline": deadline}})


def _is_own(session: Session, party: int, signer: str) -> bool:
    key = parties.key(session, signer)
    return same_address(signer, parties.party(session, party).account) or (
        key is not None and key.party == party
    )


def _is_good(digest: bytes, consent: Consent, wallets: Wallets) -> bool:
    signer = recover(digest, consent.signature)
    if signer is not None:
        return same_address(signer, consent.signer)
    return wallets(consent.signer, digest, consent.signature)


def still_open(
    session: Session, context: Context, known: Mapping[str, Askable], party: int
) -> list[tuple[str, KeptConsent]]:
    """``(act, what was kept)`` of a party, as far as the same would still be asked for today."""
    found = []
    for kept in acts.kept_consents(session, party, context.now):
        name = kept.kind.removeprefix(TWO_KEYS)
        if not kept.kind.startswith(TWO_KEYS) or name not in known:
            continue
        about, values = kept.filled_in["about"], kept.filled_in["values"]
        try:
            to_sign = known[name].ask(session, context, about, values)
        except Refusal:
            continue
        if turn(session, context, name, party, about, values, to_sign).first.message == kept.message:
            found.append((name, kept))
    return found


def second_keys(
    session: Session, context: Context, actor: Actor, known: Mapping[str, Askable]
) -> list[Waiting]:
    """Acts that one key of the reader's party signed where two must: the reader's turn, unless it signed itself."""
    rows = []
    for name, kept in still_open(session, context, known, actor.party):
        if PAGES[f"sign_{name}"].isdisjoint(actor.roles):
            continue
        is_done = any(same_address(one["signer"], actor.person) for one in kept.consents)
        rows.append(
            Waiting(
                mark("%(act)s: a second key is wanted"),
                act_address(name, kept),
                kept.kept_at,
                from_unix(kept.deadline),
                turn_text=mark("another person of your party") if is_done else "",
                act=known[name].title,
            )
        )
    return rows


def act_address(name: str, kept: KeptConsent) -> str:
    """Where the second person signs the same."""
    return act_link(name, kept.filled_in["about"], **kept.filled_in["values"])
