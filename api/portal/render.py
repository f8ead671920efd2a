"""Templates: one environment a language, with the filters that pages write figures with."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.portal import files
from api.portal.words import LANGUAGES, mark, translations
from registry.access.actor import EVERYONE, FUNDER, OFFICES, Role
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency

# Address, text, who sees it.
MENU: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("/", mark("What awaits me"), EVERYONE),
    ("/receivables", mark("Receivables"), EVERYONE),
    ("/confirmations", mark("To confirm"), frozenset({Role.OBLIGOR})),
    ("/outstanding", mark("What we owe"), frozenset({Role.OBLIGOR})),
    ("/payments", mark("Payments"), frozenset({Role.OBLIGOR})),
    ("/notices", mark("Notices"), EVERYONE - OFFICES),
    ("/party", mark("Our party"), EVERYONE - OFFICES),
    ("/invoices", mark("Invoices"), frozenset({Role.SUPPLIER})),
    ("/drafts", mark("Drafts"), frozenset({Role.SUPPLIER})),
    ("/holdings", mark("What I hold"), frozenset({Role.SUPPLIER})),
    ("/offers", mark("Offers to funders"), frozenset({Role.SUPPLIER})),
    ("/power", mark("Borrowing power"), frozenset({Role.SUPPLIER})),
    ("/deals", mark("Offers"), FUNDER),
    ("/portfolio", mark("Portfolio"), FUNDER),
    ("/parties", mark("Parties"), frozenset({Role.OPERATOR})),
    ("/conflicts", mark("Conflicts"), frozenset({Role.OPERATOR})),
    ("/corrections", mark("Corrections"), frozenset({Role.OPERATOR})),
    ("/overdue", mark("Overdue obligors"), frozenset({Role.OPERATOR})),
    ("/health", mark("Health"), frozenset({Role.OPERATOR})),
    ("/auditors", mark("Auditors"), frozenset({Role.OPERATOR})),
    ("/consents", mark("What I may see"), FUNDER | {Role.AUDITOR}),
    ("/decisions", mark("Decisions"), OFFICES),
    ("/acts", mark("Acts"), OFFICES),
)
ROLE_NAMES = {
    Role.OBLIGOR: mark("obligor"),
    Role.SUPPLIER: mark("supplier"),
    Role.REVIEWER: mark("reviewer"),
    Role.APPROVER: mark("approver"),
    Role.FINANCE: mark("finance"),
    Role.SETTLER: mark("records payments"),
    Role.OPERATOR: mark("operator"),
    Role.AUDITOR: mark("auditor"),
    Role.OUTSIDER: mark("outsider"),
}
# Of receivables, lots, acts, financings and invoices; the second is the look, never the only sign.
STATUS = {
    "draft": (mark("draft"), "quiet"),
    "registered": (mark("to be confirmed"), "open"),
    "confirmed": (mark("confirmed"), "good"),
    "declined": (mark("declined"), "bad"),
    "withdrawn": (mark("withdrawn"), "quiet"),
    "expired": (mark("expired"), "bad"),
    "canceled": (mark("canceled"), "quiet"),
    "free": (mark("free"), "good"),
    "locked": (mark("locked"), "open"),
    "pledged": (mark("pledged"), "open"),
    "financed": (mark("financed"), "good"),
    "redeemed": (mark("redeemed"), "quiet"),
    "pending": (mark("pending"), "open"),
    "sent": (mark("sent to the chain"), "open"),
    "included": (mark("on the chain"), "good"),
    "orphaned": (mark("sent again"), "open"),
    "final": (mark("final on the chain"), "good"),
    "refused": (mark("refused"), "bad"),
    "reserved": (mark("reserved"), "open"),
    "agreed": (mark("agreed"), "open"),
    "submitted": (mark("submitted"), "open"),
    "ended": (mark("ended"), "quiet"),
    "new": (mark("accepted"), "good"),
    "open": (mark("open"), "open"),
    "accepted": (mark("accepted"), "good"),
    "pass": (mark("passed"), "good"),
    "warn": (mark("warned"), "open"),
    "block": (mark("blocked"), "bad"),
    "conflict": (mark("in conflict"), "bad"),
    "review": (mark("accepted, in doubt"), "open"),
}


@cache
def environment(language: str) -> Environment:
    """Everything is escaped; a name nobody gave is an error."""
    made = Environment(
        loader=PackageLoader("api.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = translations(language)
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(
        money=money,
        minor=minor,
        day=lambda value: day(value, language),
        when=when,
        short_id=short_id,
        party=lambda one: party(one, words.gettext),
        company=company,
        status_word=lambda name: words.gettext(STATUS.get(name, (name, ""))[0]),
        status_look=lambda name: STATUS.get(name, ("", "quiet"))[1],
        say=lambda said: say(said, language),
    )
    made.globals.update(
        language=language, languages=LANGUAGES, style=files.style, script=files.script, FUNDER=FUNDER
    )
    return made


def money(value: Mapping[str, str] | None) -> str:
    """A money View for people: grouped, with its currency behind."""
    if value is None:
        return "–"
    whole, point, cents = value["amount"].partition(".")
    return f"{int(whole):,}{point}{cents} {value['currency']}"


def minor(amount_minor: int, unit: int | str) -> str:
    """Minor units of a numeric or alphabetic ISO 4217 currency."""
    return str(Money(amount_minor, currency(unit)))


def day(value: str | date | int | None, language: str) -> str:
    """A business date, the same in every zone: ISO text, a date, or the block time it begins at."""
    if not value:
        return "–"
    if isinstance(value, int):
        on = from_unix(value).date()
    else:
        on = date.fromisoformat(value) if isinstance(value, str) else value
    return format_date(on, format="medium" if language == "en" else "long", locale=language)


def when(value: str | int | datetime | None) -> Markup | str:
    """An instant: ISO text, block time or datetime. In UTC; the script shows it in the reader's zone."""
    if not value:
        return "–"
    if isinstance(value, int):
        value = from_unix(value)
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    at = at.astimezone(UTC)
    exact, shown = at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(exact, shown)


def short_id(value: str | None) -> Markup | str:
    """Long ids by their first digits, whole when pointed at or copied from the record's page."""
    if not value:
        return "–"
    if len(value) <= 18:
        return Markup("<code>{}</code>").format(value)
    return Markup('<code title="{}">{}…</code>').format(value, value[:12])


def party(one: Mapping[str, Any] | None, gettext: Any) -> str:
    """A party View by its name, or by its number where it was admitted past the registry."""
    if one is None:
        return "–"
    return str(one["name"] or gettext(mark("party %(number)s")) % {"number": one["number"]})


def company(one: Mapping[str, Any]) -> str:
    """Whom a certificate names, and whose certificate it is."""
    return f"{', '.join((one['name'], *one['identifiers']))} ({one['issuer']})"


def say(said: str | Mapping[str, str], language: str) -> str:
    """A sentence in the reader's language, English where there is no other."""
    return said if isinstance(said, str) else said.get(language) or said["en"]
