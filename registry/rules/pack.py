"""A rule pack: the TOML file, read strictly. What is not understood is refused, never skipped.

    format = 1
    id = "cn-2025-77"
    status = "in_force"          # or "draft": shown, never applied
    title_en = "…"
    title_zh = "…"

    [limits]                     # optional: what the contract takes that no law speaks of
    reject_window_days = 3
    min_lot_minor = 100

    [[rule]]
    id = "tenor-one-year"
    kind = "tenor"               # one of PARAMETERS; each kind has its own parameters
    strength = "hard"            # hard blocks, soft warns
    acts = ["prepare"]           # the acts it judges
    valid_from = 2025-06-15      # first day; missing only in a draft
    valid_to = 2030-12-31        # last day; optional
    text_en = "…"
    text_zh = "…"
    remedy = "…"                 # what to do where it blocks or warns
    parameters = { … }
    source = { law = "…", law_zh = "…", article = "11", evidence = "V", article_evidence = "2nd", note = "…" }

``evidence`` says how the rule is known: V its text was read, C read in code, 2nd from a secondary source, M from
memory, G inferred, own = this registry's own policy. ``article_evidence``, where given, is of the article number.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Any

from registry.rules.errors import PackInvalid, PackNotFound
from registry.rules.facts import ACTS, SIZES

FORMAT = 1
EVIDENCE = ("V", "C", "2nd", "M", "G", "own")
STRENGTHS = ("hard", "soft")
STATUSES = ("in_force", "draft")
NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True)
class Source:
    """Where a rule comes from, and how well that is known."""

    law: str
    law_zh: str
    article: str
    evidence: str
    article_evidence: str | None
    note: str | None

    def __str__(self) -> str:
        marks = self.evidence + (f", article {self.article_evidence}" if self.article_evidence else "")
        return f"{self.law}{f', art. {self.article}' if self.article else ''} [{marks}]"


@dataclass(frozen=True)
class Rule:
    pack: str
    id: str
    kind: str
    strength: str
    acts: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    text_en: str
    text_zh: str
    remedy: str
    source: Source
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """``pack/rule``, the name findings go by."""
        return f"{self.pack}/{self.id}"

    def is_in_force(self, on: date) -> bool:
        """From the first day through the last one."""
        return (
            self.valid_from is not None
            and self.valid_from <= on
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True)
class Pack:
    """``version`` is the SHA-256 of the file, hex; ``text`` the file."""

    id: str
    status: str
    title_en: str
    title_zh: str
    limits: Mapping[str, int]
    rules: tuple[Rule, ...]
    version: str
    text: str = field(repr=False)

    @property
    def is_draft(self) -> bool:
        return self.status == "draft"


def packaged_ids() -> list[str]:
    """The packs that come with this version."""
    return sorted(one.name.removesuffix(".toml") for one in _folder().iterdir() if one.name.endswith(".toml"))


def packaged(pack_id: str) -> Pack:
    """A pack that comes with this version. Raises PackNotFound."""
    if pack_id not in packaged_ids():
        raise PackNotFound(
            f"There is no pack {pack_id}; there are {', '.join(packaged_ids())}.", pack=pack_id
        )
    return read_pack((_folder() / f"{pack_id}.toml").read_text("utf-8"))


def _folder() -> Any:
    return resources.files("registry.rules") / "packs"


@lru_cache(maxsize=64)
def read_pack(text: str) -> Pack:
    """Read a pack. Raises PackInvalid, saying where."""
    try:
        table = _Table("pack", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackInvalid(f"This is no TOML: {error}.") from error
    if table.take("format", _whole) != FORMAT:
        raise PackInvalid(f"This version reads format {FORMAT} of rule packs.")
    pack_id = table.take("id", _name)
    status = table.take("status", _one_of(STATUSES))
    rules = tuple(_rule(pack_id, status, one) for one in table.take("rule", _tables))
    if len({rule.id for rule in rules}) != len(rules):
        raise PackInvalid(f"Pack {pack_id} has two rules of one id.")
    limits = _Table("limits", table.take("limits", _table, {}))
    kept = {name: limits.take(name, _whole, None) for name in ("reject_window_days", "min_lot_minor")}
    limits.end()
    pack = Pack(
        id=pack_id,
        status=status,
        title_en=table.take("title_en", _text),
        title_zh=table.take("title_zh", _text),
        limits={name: value for name, value in kept.items() if value is not None},
        rules=rules,
        version=sha256(text.encode()).hexdigest(),
        text=text,
    )
    table.end()
    return pack


def _rule(pack_id: str, status: str, values: dict[str, Any]) -> Rule:
    table = _Table(f"rule {values.get('id', '?')}", values)
    kind = table.take("kind", _one_of(tuple(PARAMETERS)))
    rule = Rule(
        pack=pack_id,
        id=table.take("id", _name),
        kind=kind,
        strength=table.take("strength", _one_of(STRENGTHS)),
        acts=table.take("acts", _some_of(ACTS)),
        valid_from=table.take("valid_from", _date, None),
        valid_to=table.take("valid_to", _date, None),
        text_en=table.take("text_en", _text),
        text_zh=table.take("text_zh", _text),
        remedy=table.take("remedy", _text),
        source=_source(table.where, table.take("source", _table)),
        parameters=_parameters(table.where, kind, table.take("parameters", _table, {})),
    )
    table.end()
    if rule.valid_from is None and status != "draft":
        raise PackInvalid(f"{table.where}: only a draft leaves valid_from open.")
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        raise PackInvalid(f"{table.where}: valid_to lies before valid_from.")
    return rule


def _source(where: str, values: dict[str, Any]) -> Source:
    table = _Table(f"{where}, source", values)
    source = Source(
        law=table.take("law", _text),
        law_zh=table.take("law_zh", _text, ""),
        article=table.take("article", _text, ""),
        evidence=table.take("evidence", _one_of(EVIDENCE)),
        article_evidence=table.take("article_evidence", _one_of(EVIDENCE), None),
        note=table.take("note", _text, None),
    )
    table.end()
    return source


def _parameters(where: str, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    table = _Table(f"{where}, parameters", values)
    read = {name: table.take(name, check, *default) for name, (check, *default) in PARAMETERS[kind].items()}
    table.end()
    if kind == "tenor" and (read["max_days"] is None) == (read["max_months"] is None):
        raise PackInvalid(f"{where}: give either max_days or max_months.")
    return read


class _Table:
    """A TOML table that is emptied by reading: what is left at the end was not understood."""

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self.where = where
        self._values = dict(values)

    def take(self, name: str, check: Callable[[Any], Any], *default: Any) -> Any:
        if name not in self._values:
            if default:
                return default[0]
            raise PackInvalid(f"{self.where}: {name} is missing.")
        try:
            return check(self._values.pop(name))
        except (TypeError, ValueError) as error:
            raise PackInvalid(f"{self.where}: {name} {error}.") from None

    def end(self) -> None:
        if self._values:
            raise PackInvalid(f"{self.where}: unknown {', '.join(sorted(self._values))}.")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text")
    return value.strip()


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 40 or set(value) - NAME:
        raise ValueError("must be 1 to 40 small letters, digits and hyphens")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError("must be a whole number, zero or more")
    return value


def _positive(value: Any) -> int:
    if _whole(value) == 0:
        raise ValueError("must be more than zero")
    return int(value)


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("must be a date")
    return value


def _rate(value: Any) -> str:
    try:
        rate = Decimal(_text(value))
    except InvalidOperation:
        raise ValueError("must be a decimal in quotation marks") from None
    if not 0 < rate < 1:
        raise ValueError("must lie between 0 and 1")
    return str(rate)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("must be a table")
    return value


def _tables(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list of tables")
    return [_table(one) for one in value]


def _one_of(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return check


def _some_of(allowed: tuple[str, ...]) -> Callable[[Any], tuple[str, ...]]:
    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or len(set(map(str, value))) != len(value):
            raise ValueError("must be a list without repetition")
        return tuple(_one_of(allowed)(one) for one in value)

    return check


_SIZES = {"obligors": (_some_of(SIZES),), "suppliers": (_some_of(SIZES),)}
# Kind → parameter → its check and, where it may be missing, what stands for it.
PARAMETERS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "tenor": {
        "max_days": (_positive, None),
        "max_months": (_positive, None),
        "counted_from": (_one_of(("opened_on", "issued_on")), "opened_on"),
    },
    "payment_term": {"days": (_positive,), **_SIZES},
    "confirmation_clock": {"days": (_positive,)},
    "late_interest": {"rate_per_day": (_rate,), **_SIZES},
    "supplier_acceptance": {},
    "stop_list": {"grace_days": (_whole, 0)},
    "remaining_tenor": {"min_days": (_positive,)},
    "hops": {"max": (_positive,)},
    "split_layers": {"max": (_positive,)},
    "split_count": {"max": (_positive,)},
    "filing": {"register": (_text,)},
    "verified_invoices": {"max_age_days": (_positive,)},
}


def rules_in_force(packs: Sequence[Pack], on: date) -> Iterator[Rule]:
    """Every rule of the packs that is in force on a day; none of a draft."""
    for pack in packs:
        if not pack.is_draft:
            yield from (rule for rule in pack.rules if rule.is_in_force(on))
