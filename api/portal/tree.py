"""The path of a lot as a picture: every lot from the root down, every act on it, who signed, in which block."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup, escape

from api.ids import LOT
from api.portal.ids import stored
from api.portal.render import money
from api.portal.words import mark
from api.views import View
from registry.relay.model import Act

KINDS = {
    "registered": mark("registered by the supplier"),
    "confirmed": mark("confirmed by the obligor"),
    "canceled": mark("canceled"),
    "split": mark("a part split off"),
    "transferred": mark("transferred"),
    "rejected": mark("given back"),
    "locked": mark("locked for a funder"),
    "released": mark("released"),
    "financed": mark("financed"),
    "pledged": mark("pledged"),
    "enforced": mark("pledge enforced"),
    "reassigned": mark("reassigned"),
    "put_back": mark("put back"),
    "settled": mark("paid"),
    "written_off": mark("written off"),
    "forced": mark("transferred by the arbiter"),
}
WIDTH = 720
NODE = 78
GAP = 22
INDENT = 26


class Speaker(Protocol):
    def _(self, text: str, **values: object) -> str: ...


@dataclass(frozen=True)
class Step:
    """One box: ``signers`` are addresses and names, or empty where the act came past the registry or needed none."""

    lot: str | None
    kind: str
    amount: str
    holder: str
    at: str
    block: int | None
    transaction: str | None
    signers: tuple[tuple[str, str], ...]
    other: str | None
    depth: int


def signers_of(known: Iterable[Act]) -> set[str]:
    """Every address that signed any of these acts."""
    return {one["signer"] for act in known for one in act.consents or []}


def steps(
    trace: View, evidence: Mapping[str, Act], registration: Act | None, names: Mapping[str, str]
) -> list[Step]:
    """The whole path in time's order: registration, then each lot from the root down with its acts.

    ``evidence`` gives the act behind a transaction, ``registration`` is the one it came with, ``names`` say whose key
    an address is.
    """
    of = trace["receivable"]
    found = [
        Step(
            None,
            "registered",
            money(of["face"]),
            _name(of["originator"]),
            one.created_at.strftime("%Y-%m-%d %H:%M UTC"),
            one.block_number,
            one.tx_hash,
            _signers(one, names),
            None,
            0,
        )
        for one in ([registration] if registration else [])
    ]
    line = list(reversed(trace["path"]))
    for depth, part in enumerate(line):
        child = line[depth + 1]["lot"]["id"] if depth + 1 < len(line) else None
        for hop in _before(part["acts"], child):
            act = evidence.get(hop["transaction"])
            found.append(
                Step(
                    part["lot"]["id"],
                    hop["kind"],
                    money(hop["amount"]),
                    _name(hop["holder"]),
                    (hop["at"] or "")[:16].replace("T", " ") + " UTC",
                    hop["block"],
                    hop["transaction"],
                    _signers(act, names) if act else (),
                    _other_lot(hop),
                    depth,
                )
            )
    return found


def _other_lot(hop: View) -> str | None:
    """The lot that split off, or the one this split off from."""
    is_split = hop["kind"] in ("split", "transferred") and hop["detail"]
    return LOT.outside(hop["detail"]) if is_split else None


def _before(acts: list[View], child: str | None) -> list[View]:
    """A lot's acts up to the split that made its child: what became of it later made nothing of the child."""
    made = [at for at, hop in enumerate(acts) if child and hop["detail"] == stored("lot", child)]
    return acts[: made[0] + 1] if made else acts


def draw(path: list[Step], speaker: Speaker) -> Markup:
    """The SVG: boxes from top to bottom, each generation of lots further to the right."""
    height = len(path) * (NODE + GAP) + 8
    label = speaker._("The way of this lot: %(count)s acts, oldest first", count=len(path))
    parts = [_box(place, step, speaker) for place, step in enumerate(path)]
    lines = [_line(place, path) for place in range(1, len(path))]
    return Markup(
        '<svg class="tree" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">{}{}</svg>'
    ).format(WIDTH, height, label, Markup("").join(lines), Markup("").join(parts))


def _box(place: int, step: Step, speaker: Speaker) -> Markup:
    left, top = 4 + step.depth * INDENT, 4 + place * (NODE + GAP)
    word = speaker._(KINDS.get(step.kind, step.kind))
    said = speaker._(
        "signed by %(signers)s",
        signers=", ".join(f"{name} {key[:10]}…".strip() for key, name in step.signers),
    )
    chain = speaker._("block %(block)s", block=step.block or "–")
    other = f" → {step.other[:12]}…" if step.other and step.kind == "split" else ""
    texts = (
        ("title", f"{word}: {step.amount}{other}"),
        ("", step.holder),
        ("quiet", f"{step.at} · {chain} · {(step.transaction or '–')[:14]}…"),
        ("quiet", said if step.signers else speaker._("signatures: see the transaction")),
    )
    rows = Markup("").join(
        Markup('<text class="{}" x="{}" y="{}">{}</text>').format(
            look, left + 12, top + 18 + line * 17, escape(text)
        )
        for line, (look, text) in enumerate(texts)
    )
    return Markup('<g><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}</g>').format(
        left, top, WIDTH - left - 4, NODE, rows
    )


def _line(place: int, path: list[Step]) -> Markup:
    x = 4 + path[place - 1].depth * INDENT + 20
    to = 4 + path[place].depth * INDENT + 20
    top, bottom = 4 + (place - 1) * (NODE + GAP) + NODE, 4 + place * (NODE + GAP)
    return Markup('<path d="M{} {}V{}H{}V{}"/>').format(x, top, top + GAP // 2, to, bottom)


def _name(party: View | None) -> str:
    return "–" if party is None else str(party["name"] or f"#{party['number']}")


def _signers(act: Act, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = [one["signer"] for one in act.consents or []]
    return tuple((one, names.get(one, "")) for one in found)
