"""Lots on their way to a funder, made past the pages, for the tests of what the pages make of them."""

from decimal import Decimal

from api.service import PASSWORD_FILE, keystore
from registry.access.actor import Actor, Role
from registry.access.use_cases import NewPerson, grant_viewing, let_in
from registry.chain.keys import SigningKey, open_keystore
from registry.financing.model import Financing
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    reserve_lot,
    sale_message,
)
from registry.receivables import queries
from registry.receivables.use_cases import confirm_receivable, confirmation_message, lot_id
from tests.portal.browsing import Site

DAY = 86_400


def confirmed(site: Site, amount: str = "1000.00") -> tuple[str, str]:
    """A fresh receivable of tier1 that its obligor confirmed, and its lot."""
    receivable, office = site.to_confirm(amount), site.office
    with office.context.database.read() as session:
        message = confirmation_message(session, receivable)
    office.settle(confirm_receivable(office.context, receivable, [office.sign("obligor", message)]))
    return receivable, lot_id(message.terms.root_lot)


def locked(site: Site, amount: str = "1000.00", funder: str = "bank") -> str:
    """A lot that tier1 locked for a funder for two days."""
    office, (_, lot) = site.office, confirmed(site, amount)
    number, until = office.number(funder), office.context.now + 2 * DAY
    reserve_lot(office.context, lot, number, until)
    with office.context.database.read() as session:
        message = lock_message(session, lot, number, until)
    office.settle(lock_lot(office.context, lot, number, until, [office.sign("tier1", message)]))
    return lot


def agreed(site: Site, amount: str = "1000.00", rate: str = "0.05") -> tuple[str, Financing]:
    lot = locked(site, amount)
    number = site.office.number("bank")
    return lot, agree_sale(site.office.context, lot, number, Decimal(rate), with_recourse=True)


def financed(site: Site, amount: str = "1000.00") -> str:
    """A lot the bank bought."""
    (lot, deal), office = agreed(site, amount), site.office
    with office.context.database.read() as session:
        message = sale_message(session, lot, deal)
    consents = [office.sign("tier1", message), office.sign("bank", message)]
    office.settle(finance_lot(office.context, lot, consents))
    return lot


def holder_of(site: Site, lot: str) -> int:
    with site.office.context.database.read() as session:
        return queries.lot(session, lot).holder


def with_operator(site: Site) -> None:
    """Let ``site.person("operator")`` be the registry's own party."""
    folder = site.office.service.folder
    password = (folder / PASSWORD_FILE).read_text()
    site.office.story.keys["operator"] = open_keystore(keystore(folder, "relay"), password)


def with_auditor(site: Site) -> None:
    """Let ``site.person("auditor")`` be somebody to whom tier1 shows its records."""
    key, context = SigningKey.create(), site.office.context
    site.office.story.keys["auditor"] = key
    operator = Actor(0, "operator", "operator", frozenset({Role.OPERATOR}))
    until = context.clock.now().replace(year=context.clock.now().year + 1)
    let_in(context, operator, NewPerson(key.address, "An Auditor", (Role.AUDITOR,), until))
    tier1 = Actor(site.office.number("tier1"), "tier1", "tier1", frozenset({Role.SUPPLIER}))
    grant_viewing(context, tier1, viewer_person=key.address, purpose="Audit", valid_until=until)


def let_bank_see(site: Site) -> None:
    """Tier1's consent that the bank sees its records."""
    context = site.office.context
    tier1 = Actor(site.office.number("tier1"), "tier1", "tier1", frozenset({Role.SUPPLIER}))
    until = context.clock.now().replace(year=context.clock.now().year + 1)
    grant_viewing(context, tier1, viewer=site.office.number("bank"), purpose="Financing", valid_until=until)
