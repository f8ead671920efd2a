"""The languages of the pages. English is what the code says; a catalog gives the others."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "zh": "中文"}
DEFAULT = "en"
COOKIE = "language"
FOLDER = Path(__file__).parent / "locale"


def mark(text: str) -> str:
    """The text itself: marks it for the catalog where it is translated only later."""
    return text


@cache
def translations(language: str) -> NullTranslations:
    """Texts in a language of LANGUAGES, read from its catalog once."""
    if language == DEFAULT:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalog(language))
    compiled.seek(0)
    return Translations(compiled)


def catalog(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def chosen(query: Mapping[str, str], cookies: Mapping[str, str], accepted: str) -> str:
    """The language of an answer: ``?lang``, else the cookie, else what the browser prefers (RFC 9110
    12.5.4)."""
    for wish in (query.get("lang"), cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return wish
    wishes = [part.partition(";")[0].strip().replace("-", "_") for part in accepted[:200].split(",")]
    wishes += [wish.partition("_")[0] for wish in wishes]
    return negotiate_locale([wish for wish in wishes if wish], list(LANGUAGES)) or DEFAULT
