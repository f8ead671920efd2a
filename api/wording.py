"""The sentences of a message that is to be signed, made from the message itself and the records it is about.

Whoever asks for a signature (an endpoint, a page, a command) says it in these words: what is read and what is
signed cannot drift apart. A message without a function here cannot be shown to anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch

from sqlalchemy.orm import Session

from api import notice_sentences, sentences
from api.notice_sentences import BankAccount
from api.sentences import Claim, Said
from api.signing import Names, claim_of_lot, claim_of_receivable, claim_of_terms
from registry.chain import messages, statements
from registry.chain.messages import Signed
from registry.chain.words import LotStatus, Scope
from registry.kit.money import currency
from registry.notices import queries as notices
from registry.notices.model import PaymentAccount
from registry.receivables import queries
from registry.receivables.model import Lot, Receivable


@dataclass(frozen=True)
class Words:
    """What a message has only as a hash, or leaves to whoever signs: ``name`` and ``identifier`` of a new
    party, ``by`` the party that signs, price in minor units, payments' references in the message's order."""

    by: int = 0
    name: str = ""
    identifier: str = ""
    reason: str = ""
    price_minor: int = 0
    pays_on: str = ""
    references: tuple[str, ...] = ()


NO_WORDS = Words()


@singledispatch
def said(message: Signed, session: Session, words: Words = NO_WORDS) -> Said:
    """The sentences of a message. Raises LotNotFound, ReceivableNotFound, UnknownCurrency."""
    raise TypeError(f"{type(message).__name__} has no sentence")


# ---------------------------------------------------------------------- parties


def _name(session: Session, number: int) -> str:
    return Names(session, [number])[number]


@said.register
def _(it: messages.Admission, _session: Session, words: Words) -> Said:
    return sentences.admission(words.name, words.identifier, it.party, it.account)


@said.register
def _(it: messages.Mandate, session: Session, _words: Words = NO_WORDS) -> Said:
    scopes = [one.name.lower() for one in Scope if one.name and one != Scope.ANY and it.scopes & one]
    name = _name(session, it.party)
    return sentences.mandate(name, it.key, scopes, it.valid_until, it.cap, it.currency)


@said.register
def _(it: messages.Revocation, session: Session, _words: Words = NO_WORDS) -> Said:
    return sentences.revocation(_name(session, it.party), it.key)


@said.register
def _(it: messages.Quota, session: Session, _words: Words = NO_WORDS) -> Said:
    return sentences.quota(_name(session, it.party), it.quota, it.currency)


@said.register
def _(it: messages.Veto, session: Session, _words: Words = NO_WORDS) -> Said:
    return sentences.veto(_name(session, it.party), it.account)


@said.register
def _(it: messages.Takeover, session: Session, _words: Words = NO_WORDS) -> Said:
    return sentences.takeover(_name(session, it.party), it.account)


# ---------------------------------------------------------------------- receivables


def _of_terms(session: Session, terms: Iterable[messages.Terms]) -> tuple[Names, list[Claim]]:
    names = Names(session, {party for one in terms for party in (one.obligor, one.originator, one.settler)})
    return names, [claim_of_terms(names, one) for one in terms]


def _of_receivable(session: Session, number: int, *others: int) -> tuple[Receivable, Names, Claim]:
    record = queries.receivable(session, f"0x{number:016x}")
    names = Names(session, [record.obligor, record.originator, *others])
    return record, names, claim_of_receivable(names, record)


@said.register
def _(it: messages.Registration, session: Session, _words: Words = NO_WORDS) -> Said:
    names, (claim,) = _of_terms(session, [it.terms])
    settler = names[it.terms.settler] if it.terms.settler else None
    return sentences.registration(claim, names[it.terms.originator], settler)


@said.register
def _(it: messages.Registrations, session: Session, _words: Words = NO_WORDS) -> Said:
    names, claims = _of_terms(session, it.terms)
    return sentences.registrations(names[it.terms[0].originator], claims)


@said.register
def _(it: messages.Confirmation, session: Session, _words: Words = NO_WORDS) -> Said:
    names, (claim,) = _of_terms(session, [it.terms])
    return sentences.confirmation(claim, names[it.terms.originator])


@said.register
def _(it: messages.Confirmations, session: Session, _words: Words = NO_WORDS) -> Said:
    names, claims = _of_terms(session, it.terms)
    to = [names[one.originator] for one in it.terms]
    return sentences.confirmations(names[it.terms[0].obligor], list(zip(claims, to, strict=True)))


@said.register
def _(it: messages.Declinature, session: Session, words: Words) -> Said:
    record, names, claim = _of_receivable(session, it.receivable)
    return sentences.declinature(claim, names[record.originator], it.owed, words.reason)


@said.register
def _(it: messages.Withdrawal, session: Session, words: Words) -> Said:
    record, names, claim = _of_receivable(session, it.receivable)
    return sentences.withdrawal(claim, names[record.originator], words.reason)


@said.register
def _(it: messages.Cancellation, session: Session, words: Words) -> Said:
    record, names, claim = _of_receivable(session, it.receivable)
    return sentences.cancellation(claim, names[record.originator], words.reason)


@said.register
def _(it: messages.Contest, session: Session, _words: Words = NO_WORDS) -> Said:
    _, names, claim = _of_receivable(session, it.receivable, it.party)
    if it.lot:
        _, names, claim = _of_lot(session, it.lot, it.party)
    return sentences.contest(claim, names[it.party], it.code, it.evidence)


# ---------------------------------------------------------------------- lots


def _of_lot(session: Session, number: int, *others: int) -> tuple[Lot, Names, Claim]:
    record = queries.lot(session, f"0x{number:064x}")
    of = queries.receivable(session, record.receivable)
    names = Names(session, [record.holder, record.peer, of.obligor, *others])
    return record, names, claim_of_lot(names, record, of)


@said.register
def _(it: messages.Transfer, session: Session, _words: Words = NO_WORDS) -> Said:
    lot, names, claim = _of_lot(session, it.lot, it.to)
    return sentences.transfer(claim, names[lot.holder], names[it.to], it.amount)


@said.register
def _(it: messages.Transfers, session: Session, _words: Words = NO_WORDS) -> Said:
    found = [(_of_lot(session, one.lot, one.to), one) for one in it.moves]
    lot, names, _ = found[0][0]
    moves = [(claim, named[one.to], one.amount) for (_, named, claim), one in found]
    return sentences.transfers(names[lot.holder], moves)


@said.register
def _(it: messages.Rejection, session: Session, _words: Words = NO_WORDS) -> Said:
    lot, names, claim = _of_lot(session, it.lot)
    return sentences.rejection(claim, names[lot.holder], names[lot.peer])


@said.register
def _(it: messages.Lock, session: Session, _words: Words = NO_WORDS) -> Said:
    lot, names, claim = _of_lot(session, it.lot, it.funder)
    return sentences.lock(claim, names[lot.holder], names[it.funder], it.until)


@said.register
def _(it: messages.Release, session: Session, words: Words) -> Said:
    _, names, claim = _of_lot(session, it.lot, words.by)
    return sentences.release(claim, names[words.by])


@said.register
def _(it: messages.Sale, session: Session, words: Words) -> Said:
    lot, names, claim = _of_lot(session, it.lot, it.funder)
    return sentences.sale(
        claim,
        names[lot.holder],
        names[it.funder],
        price_minor=words.price_minor,
        pays_on=words.pays_on,
        with_recourse=it.with_recourse,
        is_pledge=it.pledge,
    )


@said.register
def _(it: messages.Settlement, session: Session, words: Words) -> Said:
    _, names, claim = _of_lot(session, it.lot, it.payee, words.by)
    return sentences.settlement(claim, names[words.by], names[it.payee], it.amount, words.references[0])


@said.register
def _(it: messages.Settlements, session: Session, words: Words) -> Said:
    payments = []
    for one, reference in zip(it.payments, words.references, strict=True):
        _, names, claim = _of_lot(session, one.lot, one.payee)
        payments.append((claim, names[one.payee], one.amount, reference))
    return sentences.settlements(_name(session, words.by), payments)


@said.register
def _(it: messages.Enforcement, session: Session, _words: Words = NO_WORDS) -> Said:
    lot, names, claim = _of_lot(session, it.lot)
    return sentences.enforcement(claim, names[lot.peer], names[lot.holder])


@said.register
def _(it: messages.Reassignment, session: Session, words: Words) -> Said:
    lot, names, claim = _of_lot(session, it.lot, it.to)
    price, pays_on = words.price_minor, words.pays_on
    return sentences.reassignment(claim, names[lot.holder], names[it.to], price_minor=price, pays_on=pays_on)


@said.register
def _(it: messages.PutBack, session: Session, _words: Words = NO_WORDS) -> Said:
    lot, names, claim = _of_lot(session, it.lot)
    return sentences.put_back(claim, names[lot.holder], names[lot.peer])


@said.register
def _(it: messages.WriteOff, session: Session, words: Words) -> Said:
    lot, names, claim = _of_lot(session, it.lot)
    givers = [lot.holder, lot.peer] if lot.status == LotStatus.PLEDGED else [lot.holder]
    return sentences.write_off(claim, [names[one] for one in givers], it.amount, words.reason)


# ---------------------------------------------------------------------- notices and payment accounts


@said.register
def _(it: statements.NoticeAcknowledgment, session: Session, _words: Words = NO_WORDS) -> Said:
    names = Names(session, [it.obligor, it.assignor, it.assignee, it.payee])
    claim = Claim(names[it.obligor], it.amount, it.currency, it.maturity)
    return notice_sentences.notice_acknowledgment(
        claim, names[it.assignor], names[it.assignee], names[it.payee], it.kind, it.arrived_at
    )


@said.register
def _(it: statements.NoticeWithdrawal, session: Session, _words: Words = NO_WORDS) -> Said:
    names = Names(session, [it.obligor, it.assignor, it.assignee, it.payee])
    maturity = notices.notice(session, it.notice).maturity
    claim = Claim(names[it.obligor], it.amount, it.currency, maturity)
    return notice_sentences.notice_withdrawal(
        claim, names[it.assignor], names[it.assignee], names[it.payee], it.kind, it.reason
    )


@said.register
def _(it: statements.AccountInstruction, session: Session, _words: Words = NO_WORDS) -> Said:
    at = it.account
    before = notices.accounts(session, at.party, at.currency)
    return notice_sentences.account_instruction(
        _name(session, at.party),
        currency(at.currency).code,
        _bank_account(at),
        _bank_account(before[0]) if before else None,
        at.effective_from,
    )


@said.register
def _(it: statements.AccountAcknowledgment, session: Session, _words: Words = NO_WORDS) -> Said:
    at, names = it.account, Names(session, [it.obligor, it.account.party])
    return notice_sentences.account_acknowledgment(
        names[it.obligor], names[at.party], currency(at.currency).code, _bank_account(at), at.effective_from
    )


def _bank_account(at: statements.PaymentAccount | PaymentAccount) -> BankAccount:
    return BankAccount.of(at.holder_name, at.number, at.bank_scheme, at.bank)
