"""Lost accounts, and what the operator and the arbiter decide about the ledger itself."""

from enum import StrEnum

from api.deps import ContextDep, ServiceDep, WritingDep
from api.service import ARBITER, ArbiterElsewhere
from api.signing import Names, party_signers, signer, to_sign
from api.v1.documented import CONSENTS, asks, writes
from api.v1.fields import Address, Body, Consents, PartyInPath
from api.v1.strict import area
from api.views import View
from api.wording import said
from registry.chain.words import GradedState
from registry.parties.errors import AccountTaken, ProposalFinal, ProposalUnknown, ProposalWaits
from registry.parties.recovery import (
    propose_account,
    proposer,
    replace_arbiter,
    take_account,
    takeover_message,
    veto_account,
    veto_message,
)
from registry.parties.use_cases import set_state

router = area("parties")


class StateName(StrEnum):
    """What the ledger takes."""

    OPEN = "open"
    NO_NEW_RECEIVABLES = "no_new_receivables"
    HALTED = "halted"


class ProposalIn(Body):
    account: Address


class StateIn(Body):
    state: StateName


@router.post(
    "/parties/{number}/proposal",
    **writes(AccountTaken, ArbiterElsewhere, "SenderNotArbiter"),
    summary="Propose an account in place of a lost one",
)
def propose(
    number: PartyInPath, body: ProposalIn, context: ContextDep, service: ServiceDep, write: WritingDep
) -> View:
    """The operator's act, after a veto the arbiter's. The account may take over after 7 days."""
    with context.database.read() as session:
        service.require_sender(proposer(session, number))
    return write(propose_account(context, number, body.account))


@router.get(
    "/parties/{number}/veto",
    **asks(ProposalUnknown),
    summary="What any live key of a party signs against a proposed account",
)
def show_veto(number: PartyInPath, context: ContextDep) -> View:
    with context.database.read() as session:
        message = veto_message(session, number)
        return to_sign(context, message, said(message, session), party_signers(session, [number]))


@router.post(
    "/parties/{number}/veto",
    **writes(ProposalUnknown, ProposalFinal, *CONSENTS),
    summary="Refuse a proposed account",
)
def veto(number: PartyInPath, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """Even a frozen or expired party's key may. From then on only the arbiter proposes."""
    return write(veto_account(context, number, body.given()))


@router.get(
    "/parties/{number}/takeover",
    **asks(ProposalUnknown),
    summary="What a proposed account signs to take over",
)
def show_takeover(number: PartyInPath, context: ContextDep) -> View:
    with context.database.read() as session:
        message = takeover_message(session, number)
        name = Names(session, [number])[number]
        return to_sign(context, message, said(message, session), [signer(number, name, message.account)])


@router.post(
    "/parties/{number}/takeover",
    **writes(ProposalUnknown, ProposalWaits, AccountTaken, "SignatureInvalid", "ConsentExpired"),
    summary="Take over as a party's account",
)
def take(number: PartyInPath, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """7 days after it was proposed. All older keys of the party end; what it holds stays where it is."""
    return write(take_account(context, number, body.given()))


@router.post("/state", **writes(), summary="Set what the ledger takes")
def change_state(body: StateIn, context: ContextDep, write: WritingDep) -> View:
    """The operator's act. `no_new_receivables` stops registrations and confirmations; `halted` also transfers,
    locks, financings, reassignments and enforcement; payment, release and what runs backwards stay open."""
    return write(set_state(context, GradedState[body.state.name]))


@router.post(
    "/arbiter", **writes(ArbiterElsewhere, "SenderNotArbiter", "ZeroAddress"), summary="Replace the arbiter"
)
def change_arbiter(body: ProposalIn, context: ContextDep, service: ServiceDep, write: WritingDep) -> View:
    """The arbiter's act, sent with its key, which has no power from then on."""
    service.require_sender(ARBITER)
    return write(replace_arbiter(context, body.account))
