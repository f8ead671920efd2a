"""Mandates: which keys may sign for a party, and how much it lets itself owe. All are signed by its
account."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy.orm import Session

from api import views
from api.deps import ContextDep, WritingDep
from api.signing import party_signers, signer, to_sign
from api.v1 import record_shapes
from api.v1.documented import CONSENTS, asks, problems, writes
from api.v1.fields import (
    Address,
    After,
    Amount,
    Body,
    Consents,
    CurrencyCode,
    Day,
    Limit,
    MoneyIn,
    PartyInPath,
)
from api.v1.strict import area
from api.views import View
from api.wording import said
from registry.chain.messages import Mandate
from registry.chain.words import Scope
from registry.kit.money import BadAmount, Money, UnknownCurrency
from registry.parties import queries
from registry.parties.errors import AccountTaken, KeyUnknown, PartyChanged
from registry.parties.use_cases import (
    grant_key,
    mandate_message,
    quota_message,
    revocation_message,
    revoke_key,
    set_quota,
)

router = area("mandates", "/parties/{number}")

_MONEY = (BadAmount, UnknownCurrency)


class ScopeName(StrEnum):
    """What a key may sign; each names one of the contract's scopes."""

    REGISTER = "register"
    CONFIRM = "confirm"
    TRANSFER = "transfer"
    FINANCE = "finance"
    SETTLE = "settle"


class MandateIn(Body):
    key: Address
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=5)]
    valid_until: Day
    cap: Annotated[
        MoneyIn | None, Field(description="The most it may sign an act, in its one currency; none = any")
    ] = None

    def message(self, session: Session, number: int) -> Mandate:
        cap = None if self.cap is None else Money.parse(self.cap.amount, self.cap.currency)
        scopes = sum({int(Scope[name.name]) for name in self.scopes})
        return mandate_message(session, number, self.key, scopes, valid_until=self.valid_until, cap=cap)


class GrantIn(MandateIn, Consents):
    pass


class QuotaIn(Consents):
    currency: CurrencyCode
    quota: Amount


KeyInPath = Annotated[Address, Path(description="The key's address")]


@router.get(
    "/keys",
    response_model=record_shapes.MandatePage,
    responses=problems(),
    summary="The keys that sign for a party",
)
def list_mandates(number: PartyInPath, context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    """Its account among them. `is_current` tells those that still count from those a takeover ended."""
    with context.database.read() as session:
        found = queries.keys_of(session, number, after=after, limit=limit + 1)
        items = [views.mandate(session, one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["key"] if len(found) > limit else None}


@router.post(
    "/keys/typed-data",
    **asks(*_MONEY),
    summary="What account and new key sign for a mandate",
)
def prepare_mandate(number: PartyInPath, body: MandateIn, context: ContextDep) -> View:
    """Both sign the same typed data: the account lets the key act for the party, and the key agrees to be
    bound."""
    with context.database.read() as session:
        message = body.message(session, number)
        words = said(message, session)
        signers = [*party_signers(session, [number]), signer(number, None, body.key)]
    return to_sign(context, message, words, signers)


@router.post(
    "/keys",
    **writes(*_MONEY, AccountTaken, PartyChanged, *CONSENTS),
    summary="Grant a mandate that account and key signed",
)
def grant_mandate(number: PartyInPath, body: GrantIn, context: ContextDep, write: WritingDep) -> View:
    with context.database.read() as session:
        message = body.message(session, number)
    return write(grant_key(context, message, body.given()))


@router.get(
    "/keys/{key}/revocation",
    **asks(),
    summary="What the account signs to withdraw a mandate",
)
def prepare_revocation(number: PartyInPath, key: KeyInPath, context: ContextDep) -> View:
    with context.database.read() as session:
        message = revocation_message(session, number, key)
        words = said(message, session)
        signers = party_signers(session, [number])
    return to_sign(context, message, words, signers)


@router.post(
    "/keys/{key}/revocation",
    **writes(KeyUnknown, PartyChanged, *CONSENTS),
    summary="Withdraw a mandate",
)
def revoke_mandate(
    number: PartyInPath, key: KeyInPath, body: Consents, context: ContextDep, write: WritingDep
) -> View:
    with context.database.read() as session:
        message = revocation_message(session, number, key)
    return write(revoke_key(context, message, body.given()))


@router.get(
    "/quota",
    **asks(*_MONEY),
    summary="What an obligor's account signs to bound what it may owe",
)
def prepare_quota(
    number: PartyInPath,
    currency: Annotated[CurrencyCode, Query(description="ISO 4217")],
    quota: Annotated[Amount, Query(description="0 lifts the bound")],
    context: ContextDep,
) -> View:
    with context.database.read() as session:
        message = quota_message(session, number, Money.parse(quota, currency))
        words = said(message, session)
        signers = party_signers(session, [number])
    return to_sign(context, message, words, signers)


@router.post(
    "/quota",
    **writes(*_MONEY, PartyChanged, *CONSENTS),
    summary="Bound what an obligor may owe",
)
def change_quota(number: PartyInPath, body: QuotaIn, context: ContextDep, write: WritingDep) -> View:
    with context.database.read() as session:
        message = quota_message(session, number, Money.parse(body.quota, body.currency))
    return write(set_quota(context, message, body.given()))
