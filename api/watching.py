"""What a watch learns from a registry, where one is at hand: which invoices behind lots were corrected."""

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

from api import correction_views
from api.ids import RECEIVABLE
from api.outside import Outside, RegistryUnreadable
from api.service import Service
from registry.invoices import correction_queries as corrections
from registry.provenance.history import lot_name
from registry.provenance.watch_memory import Known, Memory
from registry.provenance.watch_words import Notice
from registry.receivables.exposure import corrected_behind

# By correction's id: in words, with how it stands.
Corrections = Callable[[Known], dict[str, str]]


def in_folder(opened: Service) -> Corrections:
    """Of the registry's own database."""

    def ask(known: Known) -> dict[str, str]:
        with opened.database.read() as session:
            return _behind(session, f"0x{known.receivable:016x}")

    return ask


def _behind(session: Session, receivable: str) -> dict[str, str]:
    family = {each for one in corrected_behind(session, receivable) for each in one.family}
    found = (correction_views.correction(one) for one in corrections.standing_on(session, family))
    return {one["id"]: _said(one) for one in found}


def at(outside: Outside) -> Corrections:
    """Of a registry by its API: what the caller's party was warned of."""

    def ask(known: Known) -> dict[str, str]:
        receivable = RECEIVABLE.outside(f"0x{known.receivable:016x}")
        try:
            found = [
                one["correction"] for one in outside.correction_warnings() if one["receivable"] == receivable
            ]
            return {one["id"]: _said(one) for one in found}
        except (LookupError, TypeError, AttributeError) as error:
            raise RegistryUnreadable("Its warnings have not the form they must have.") from error

    return ask


def _said(correction: dict[str, object]) -> str:
    return f"{correction_views.sentence(correction)}: {correction['standing']}"


def corrected(memory: Memory, ask: Corrections | None) -> list[Notice]:
    """What was corrected behind the lots since it was last told; remembered as told. Raises RegistryNotReachable,
    RegistryUnreadable, RegistryRefused."""
    return [] if ask is None else [each for lot in memory.lots for each in _news(lot, memory.lots[lot], ask)]


def _news(lot: str, known: Known, ask: Corrections) -> Iterable[Notice]:
    found = ask(known)
    news = [(each, text) for each, text in found.items() if known.corrections.get(each) != text]
    known.corrections.update(news)
    return [
        Notice("corrected", lot, f"{lot_name(int(lot, 16))}: an invoice behind it was CORRECTED: {text}")
        for _, text in news
    ]
