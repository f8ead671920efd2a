"""Where a party is paid: its accounts, those to come and those of before, and the next one, which two persons sign."""

from dataclasses import replace

from fastapi import Response
from sqlalchemy.orm import Session

from api import notice_views
from api.notice_signing import instruction_to_sign
from api.portal.acts import Asked, SignedAct
from api.portal.together import SECONDS_TO_SIGN, act_address, still_open
from api.portal.values import Values, day, party_number
from api.portal.visit import VisitDep, page_router
from api.portal.words import mark
from api.views import View
from registry.access.actor import Role
from registry.chain.messages import Consent
from registry.kit.money import currency
from registry.notices import queries
from registry.notices.accounts import NewAccount, set_account
from registry.notices.banks import BANK_SCHEMES, bank_account
from registry.notices.consents import Wallets
from registry.parties import queries as parties
from registry.relay.context import Context

router = page_router()
PAGE = 50


def _new(about: str, values: Values) -> NewAccount:
    """Raises FieldMalformed, UnknownCurrency, AccountNotBank."""
    at = bank_account(
        values["holder_name"], values["number"], values.get("bank_scheme", ""), values.get("bank", "")
    )
    code = values["currency"].upper()
    return NewAccount(party_number(about), currency(code).numeric, at, day(values["effective_on"]))


def _ask(session: Session, context: Context, about: str, values: Values) -> View:
    patient = replace(context, consent_seconds=SECONDS_TO_SIGN)
    return instruction_to_sign(session, patient, _new(about, values))


def _set(context: Context, about: str, values: Values, consents: list[Consent], wallets: Wallets) -> str:
    set_account(context, _new(about, values), consents, wallets)
    return "/party/accounts"


ACTS = {
    "payment_account": SignedAct(
        title=mark("Set where we are paid"),
        about="party",
        ask=_ask,
        do=_set,
        asks_wallets=True,
        effect=mark(
            "Two persons sign it: with your party's account or a key that may record payments, and with another of "
            "these. The first signature is kept for 7 days. Obligors see the new account beside the former and are "
            "warned until they accept it."
        ),
        fields=(
            Asked("currency", mark("Currency"), hint=mark("Three letters, like CNY or EUR.")),
            Asked("holder_name", mark("Account holder"), hint=mark("As the bank knows it")),
            Asked("number", mark("Account number"), hint=mark("An IBAN, or the number at the bank named below.")),
            Asked(
                "bank_scheme",
                mark("Kind of bank code"),
                "select",
                mark("An IBAN needs none."),
                options=lambda _session, _about: [("", "–"), *((one, one) for one in BANK_SCHEMES)],
                is_required=False,
            ),
            Asked("bank", mark("Bank code"), is_required=False),
            Asked("effective_on", mark("In force from"), "date",
                  mark("The day on which the second person signs, or later.")),
        ),
    ),
}  # fmt: skip


@router.get("/party/accounts")
def own_accounts_page(visit: VisitDep) -> Response:
    """The accounts in force and to come first, then those of before; and what waits for a second person."""
    context, today = visit.context, visit.context.clock.now().date()
    with visit.read() as session:
        found = queries.accounts(session, visit.party)
        shown = notice_views.accounts(session, found)
        acknowledged = {number for one in shown for number in one["acknowledged_by"]}
        names = parties.names(session, acknowledged)
        pending = [
            {
                "values": kept.filled_in["values"],
                "signers": [one["signer"] for one in kept.consents],
                "until": kept.deadline,
                "address": act_address(name, kept),
            }
            for name, kept in still_open(session, context, ACTS, visit.party)
        ]
        current = {
            one.id
            for numeric in {each.currency for each in found}
            if (one := queries.account_on(session, visit.party, numeric, today)) is not None
        }
    states = [_state(is_current=one.id in current, is_coming=one.effective_on > today) for one in found]
    order = sorted(zip(states, shown, strict=True), key=lambda pair: -pair[0][2])
    return visit.page(
        "own_accounts.html",
        items=[(text, look, one) for (text, look, _), one in order][:PAGE],
        names=names,
        pending=pending,
        may_set=visit.is_one_of(Role.SUPPLIER, Role.FINANCE),
    )


def _state(*, is_current: bool, is_coming: bool) -> tuple[str, str, int]:
    """As marked text, its look, and how far in front it stands."""
    if is_current:
        return mark("in force"), "good", 2
    if is_coming:
        return mark("to come"), "open", 1
    return mark("replaced"), "quiet", 0
