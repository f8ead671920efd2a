"""A verification in words for a bank officer, and as JSON for a program."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from registry.chain.words import LotStatus
from registry.kit.clock import from_unix
from registry.kit.errors import BadInput
from registry.kit.money import Money, currency
from registry.provenance.history import lot_name
from registry.provenance.model import (
    Check,
    Findings,
    Hop,
    InvoiceUse,
    Outcome,
    Path,
    Signer,
    TotalVerification,
    Verdict,
    Verification,
)

_SUSPENDED = 1

_VERDICTS = {
    Verdict.VERIFIED: "VERIFIED: every act from registration to today is signed by those it binds.",
    Verdict.INCOMPLETE: "INCOMPLETE: nothing is wrong, but not everything could be checked.",
    Verdict.REFUSED: "REFUSED: what is shown does not hold together. Do not pay on it.",
}
_TOTAL_VERIFIED = "VERIFIED: this is what the registry's state holds of what it owes."
_ACTS = {
    "ReceivableRegistered": "{giver} registered the receivable on {taker}",
    "ReceivableConfirmed": "{giver} confirmed that it owes {taker}",
    "LotTransferred": "{giver} assigned the lot to {taker}",
    "LotSplit": "{giver} assigned a part to {taker}",
    "LotRejected": "{giver} rejected the lot, back to {taker}",
    "LotLocked": "{giver} locked the lot for {taker}",
    "LotReleased": "{giver} released the lock, back to {taker}",
    "LotFinanced": "{giver} sold the lot to {taker}",
    "LotSettled": "{giver} recorded a payment to {taker}",
    "LotEnforced": "{taker} enforced its pledge and took the lot from {giver}",
    "LotReassigned": "{giver} passed the financed lot on to {taker}",
    "LotPutBack": "{giver} put the lot back to {taker}",
    "LotForced": "the arbiter moved the lot from {giver} to {taker}",
    "LotWrittenOff": "{giver} wrote off what {taker} owes",
    "ReceivableCanceled": "{giver} and {taker} canceled the receivable",
}
_OF_PLEDGES = {
    "LotFinanced": "{giver} pledged the lot to {taker}",
    "LotReleased": "{giver} released its pledge of the lot of {taker}",
}


def report_lines(
    found: Verification | TotalVerification,
    names: Mapping[int, str] | None = None,
    invoice_names: Mapping[bytes, str] | None = None,
) -> list[str]:
    """Plain lines: the lot, its path from today back to the registration, the invoices, or the obligor's total; what
    was not proven, and the verdict. ``names``: parties by number; ``invoice_names``: invoices by any of their
    fingerprints."""
    writer = _Writer(names or {}, invoice_names or {})
    if isinstance(found, TotalVerification):
        is_verified = found.verdict is Verdict.VERIFIED
        verdict = _TOTAL_VERIFIED if is_verified else _VERDICTS[found.verdict]
        return [*writer.of_total(found), *_ending(found, verdict)]
    return [*writer.of_lot(found), *_ending(found, _VERDICTS[found.verdict])]


def _ending(found: Findings, verdict: str) -> list[str]:
    lines = []
    for outcome, title in (
        (Outcome.FAILED, "What is wrong"),
        (Outcome.NOT_CHECKED, "What could not be checked"),
        (Outcome.CLAIMED, "What is somebody's word"),
    ):
        if checks := found.of(outcome):
            lines += ["", title, *(f"  {_sentence(check)}" for check in checks)]
    when = f"block {found.at_block:,} ({instant_text(found.at_seconds)}) of chain {found.chain_id}"
    proven = f"{len(found.of(Outcome.PROVEN))} of {len(found.checks)} checks proven"
    return [*lines, "", f"{proven}, at {when}, registry {found.contract}", verdict]


class _Writer:
    def __init__(self, names: Mapping[int, str], invoice_names: Mapping[bytes, str]) -> None:
        self._names = names
        self._invoice_names = invoice_names

    def of_lot(self, found: Verification) -> list[str]:
        lines = [f"Lot {found.lot:064x}"]
        if found.path is not None:
            lines += self._lot(found.path)
            lines += ["", "Path, from the lot back to the registration"]
            for hop in reversed(found.path.hops):
                lines += self._hop(hop, found.path)
            lines += ["", "Invoices"]
            for use in found.path.invoices:
                lines.append(self._invoice(use, found.path))
        return lines

    def of_total(self, found: TotalVerification) -> list[str]:
        lines = [f"What {self._party(found.obligor)} owes in all"]
        if found.total is not None:
            bound = amount_text(found.total.quota, found.currency) if found.total.quota else "none"
            lines += [
                f"  Outstanding  {amount_text(found.total.outstanding, found.currency)}",
                f"  Receivables  {found.total.count}",
                f"  Own limit    {bound}",
                f"  Account      {found.total.account}",
            ]
        return lines

    def _party(self, number: int) -> str:
        known = self._names.get(number)
        return f"party {number}" if known is None else f"{_plain(known)} (party {number})"

    def _lot(self, path: Path) -> list[str]:
        status = LotStatus(path.word.status).name.lower() if path.word.status in list(LotStatus) else "?"
        if path.facts is not None and path.facts.flags & _SUSPENDED:
            status += ", receivable suspended"
        return [
            f"  Amount    {_money(path.word.amount, path)}",
            f"  Obligor   {self._party(path.terms.obligor)}",
            f"  Holder    {self._party(path.word.holder)}",
            f"  Maturity  {instant_text(path.terms.maturity)[:10]}",
            f"  Status    {status}",
            f"  Part of   receivable {path.terms.receivable:016x} of {_money(path.terms.face, path)}",
            *self._total(path),
        ]

    def _total(self, path: Path) -> list[str]:
        if path.obligation is None:
            return []
        total = path.obligation
        quota = f", its own limit is {_money(total.quota, path)}" if total.quota else ""
        return [f"  Owed      {_money(total.outstanding, path)} by the obligor in all{quota}"]

    def _hop(self, hop: Hop, path: Path) -> list[str]:
        known = _ACTS | _OF_PLEDGES if hop.is_pledge else _ACTS
        act = known.get(hop.event, hop.event + " by {giver}")
        said = act.format(giver=self._party(hop.giver), taker=self._party(hop.taker))
        moved = lot_name(hop.lot if hop.child is None else hop.child)
        lines = [
            f"  {instant_text(hop.at)}  {said}: {_money(hop.amount_minor, path)}",
            f"    {moved}, block {hop.block:,}, transaction {hop.tx}",
        ]
        lines += [f"    {self._signer(signer)}" for signer in hop.signers]
        if not hop.is_checked:
            lines.append("    NOT CHECKED in full: see below")
        return lines

    def _signer(self, signer: Signer) -> str:
        how = "sent by" if signer.has_sent else "signed by"
        whom = f" for {self._party(signer.party)}" if signer.party else ""
        return f"{how} {signer.address}{whom} ({signer.authority}): checked"

    def _invoice(self, use: InvoiceUse, path: Path) -> str:
        names = [self._invoice_names[each] for each in use.fingerprints if each in self._invoice_names]
        used = "unknown" if use.used_minor is None else _money(use.used_minor, path)
        return (
            f"  {_plain(names[0]) + ', ' if names else ''}fingerprint {use.fingerprints[0].hex()}: "
            f"{_money(use.amount_minor, path)} of {_money(use.cap_minor, path)} used here, {used} in all"
        )


def _plain(name: str) -> str:
    """A name from outside with nothing in it that moves a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in name)


def _money(amount_minor: int, path: Path) -> str:
    return amount_text(amount_minor, path.terms.currency)


def amount_text(amount_minor: int, numeric: int) -> str:
    """An amount in a currency by its ISO 4217 number, known or not."""
    try:
        return str(Money(amount_minor, currency(numeric)))
    except BadInput:
        return f"{amount_minor} minor units of currency {numeric}"


def instant_text(seconds: int) -> str:
    """A time in seconds since 1970, possible or not."""
    try:
        return from_unix(seconds).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError):
        return f"{seconds} seconds after 1970"


def _sentence(check: Check) -> str:
    return f"{check.subject}: {check.detail} [{check.name}]"


def as_json(found: Verification | TotalVerification) -> dict[str, Any]:
    """JSON-ready. Lots and fingerprints are 0x hex, amounts integers of minor units, times seconds since
    1970."""
    about: dict[str, Any]
    if isinstance(found, TotalVerification):
        total = None if found.total is None else asdict(found.total)
        about = {"obligor": found.obligor, "currency": found.currency, "total": total}
    else:
        about = {"lot": _id(found.lot), "path": None if found.path is None else _path_json(found.path)}
    return {
        "contract": found.contract,
        "chain_id": found.chain_id,
        "at_block": found.at_block,
        "at_seconds": found.at_seconds,
        "verdict": found.verdict.value,
        "checks": [asdict(check) | {"outcome": check.outcome.value} for check in found.checks],
        **about,
    }


def _path_json(path: Path) -> dict[str, Any]:
    return {
        "lineage": [_id(lot) for lot in path.lineage],
        "state": asdict(path.word),
        "terms": path.terms.as_json(),
        "facts": None if path.facts is None else asdict(path.facts),
        "obligation": None if path.obligation is None else asdict(path.obligation),
        "hops": [
            asdict(hop) | {"lot": _id(hop.lot), "child": None if hop.child is None else _id(hop.child)}
            for hop in path.hops
        ],
        "invoices": [
            asdict(use) | {"fingerprints": ["0x" + each.hex() for each in use.fingerprints]}
            for use in path.invoices
        ],
    }


def plain(value: Any) -> Any:
    """The value as it comes back from JSON: lists for tuples."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def _id(lot: int) -> str:
    return f"0x{lot:064x}"
