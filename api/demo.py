"""The demonstration: one claim's whole life, told so that a treasurer can follow, every step of it real."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from api import ids
from api.service import Service
from api.verification import verification_of
from registry.chain.keys import SigningKey
from registry.chain.messages import Consent, Signed
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    reserve_lot,
    sale_message,
)
from registry.invoices import sample_set
from registry.invoices.registering import Registered, Uploader
from registry.invoices.use_cases import register_invoice
from registry.kit.clock import unix
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.use_cases import NewParty, admit_party, prepare_admission
from registry.receivables import queries as receivables
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.lots import transfer_lot, transfer_message
from registry.receivables.page_queries import totals_of_receivables
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    lot_id,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.model import Act

PASSWORD = "demo"  # noqa: S105 - keystores of fictional firms
TENOR_DAYS = 120


class Voice(Protocol):
    """How the story is told."""

    def chapter(self, title: str) -> None: ...
    def say(self, text: str) -> None: ...
    def done(self, text: str, act: Act | None = None) -> None: ...
    def refused(self, text: str, refusal: Refusal) -> None: ...


@dataclass(frozen=True)
class Cast:
    """A fictional firm of the story."""

    handle: str
    name: str
    country: str
    tax_id: str
    roles: tuple[str, ...]


CAST = (
    Cast("obligor", "华远汽车有限公司 (Huayuan Automotive)", "CN", "91310114MA1HY2026T", ("obligor",)),
    Cast(
        "tier1", "宁波精工零部件有限公司 (Ningbo Precision Parts)", "CN", "91330206MA2NB8Q357", ("supplier",)
    ),
    Cast("tier2", "苏州恒信铸造厂 (Suzhou Hengxin Foundry)", "CN", "91320505MA1SZ7K21A", ("supplier",)),
    Cast("tier3", "徐州合力模具有限公司 (Xuzhou Heli Tooling)", "CN", "91320301MA1XZ4M86C", ("supplier",)),
    Cast("tier4", "临沂明辉五金店 (Linyi Minghui Hardware)", "CN", "92371302MA3LY9P05R", ("supplier",)),
    Cast("bank", "东港银行 (Donggang Bank)", "CN", "91310000132200821X", ("funder",)),
    Cast("second_bank", "南湖保理有限公司 (Nanhu Factoring)", "CN", "91330402MA28NH663P", ("funder",)),
    Cast("clearing", "长三角清算中心 (Delta Clearing)", "CN", "91310115MA1CL55K9D", ("settler",)),
    Cast("stranger", "无名贸易行 (Nobody Trading)", "CN", "91440300MA5XX0000Q", ("obligor", "supplier")),
)


@dataclass
class Story:
    """Plays the story on an open registry. Afterwards ``lots`` names the lots it made, by their holder."""

    service: Service
    voice: Voice
    keys_folder: Path
    keys: dict[str, SigningKey] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    invoices: list[str] = field(default_factory=list)
    receivable: str = ""
    lots: dict[str, str] = field(default_factory=dict)

    def play(self) -> str:
        """The whole story; answers the id of the lot whose path is worth verifying."""
        self.admit_everybody()
        self.bring_invoices()
        self.register()
        self.confirm()
        self.pass_down()
        self.finance()
        self.settle()
        self.verify()
        return self.lots["tier4"]

    # ------------------------------------------------------------------ chapters

    def admit_everybody(self) -> None:
        self.voice.chapter("The firms are admitted, each with a key of its own")
        waiting = []
        for firm in CAST:
            key = self.keys[firm.handle] = SigningKey.create()
            key.save(self.keys_folder / f"{firm.handle}.json", PASSWORD)
            party = NewParty(
                firm.name,
                firm.country,
                (TaxId.of(firm.tax_id, country=firm.country),),
                firm.roles,
                key.address,
                (self.service.context.clock.now() + timedelta(days=365)).date(),
            )
            message = prepare_admission(self.service.context, party)
            act = admit_party(self.service.context, party, message.party, [self._sign(firm.handle, message)])
            self.numbers[firm.handle] = message.party
            waiting.append((firm, act))
        for firm, act in waiting:
            done = self.service.settle(act)
            self.voice.done(f"{firm.name}: party {self.numbers[firm.handle]}, {', '.join(firm.roles)}", done)

    def bring_invoices(self) -> None:
        self.voice.chapter("The supplier brings three invoices, in three formats")
        for name, what in (
            ("invoice-1.ubl.xml", "a UBL 2.1 file"),
            ("invoice-2.pdf", "a PDF with the data embedded (Factur-X)"),
            ("invoice-3.fapiao.xml", "a fully digital fapiao"),
        ):
            done = self._bring(name)
            assert done.id is not None
            self.invoices.append(done.id)
            self.voice.done(f"{name}, {what}: {done.outcome.value}")
        self.voice.say("The first one comes again, as another file in another format:")
        again = self._bring("invoice-4-same-as-1.cii.xml")
        self.voice.say(f"✗ invoice-4-same-as-1.cii.xml, a CII file: {again.outcome.value} ({again.reason})")
        self.voice.say("And once more with another amount:")
        altered = self._bring("invoice-5-altered-1.ubl.xml")
        self.voice.say(
            f"✗ invoice-5-altered-1.ubl.xml: {altered.outcome.value} ({altered.reason}), "
            "blocked until a person decides"
        )

    def register(self) -> None:
        self.voice.chapter("A receivable over the three invoices is registered")
        context = self.service.context
        request = DraftRequest(
            originator=self.numbers["tier1"],
            obligor=self.numbers["obligor"],
            settler=self.numbers["clearing"],
            maturity=(context.clock.now() + timedelta(days=TENOR_DAYS)).date(),
            uses=tuple(Use(one) for one in self.invoices),
        )
        prepared = prepare_receivable(context, request)
        self.receivable = prepared.receivable
        with context.database.read() as session:
            message = registration_message(session, prepared.receivable)
        act = register_receivable(context, prepared.receivable, [self._sign("tier1", message)])
        face = Money(prepared.terms.face, currency(prepared.terms.currency))
        self.voice.done(
            f"Receivable {ids.RECEIVABLE.outside(prepared.receivable)} over {face}, due {request.maturity}",
            self.service.settle(act),
        )

    def confirm(self) -> None:
        self.voice.chapter("The core enterprise confirms with its own key")
        context = self.service.context
        with context.database.read() as session:
            message = confirmation_message(session, self.receivable)
        with self._expecting_refusal("A stranger signs the confirmation instead"):
            confirm_receivable(context, self.receivable, [self._sign("stranger", message)])
        act = confirm_receivable(context, self.receivable, [self._sign("obligor", message)])
        self.lots["tier1"] = lot_id(message.terms.root_lot)
        self.voice.done(
            "Huayuan Automotive owes it, undisputed, and says so on chain", self.service.settle(act)
        )

    def pass_down(self) -> None:
        self.voice.chapter("The claim is passed down four tiers, in parts")
        for sender, receiver, amount in (
            ("tier1", "tier2", "600000.00"),
            ("tier2", "tier3", "350000.00"),
            ("tier3", "tier4", "200000.00"),
        ):
            sum_ = Money.parse(amount, "CNY")
            lot = self.lots[sender]
            with self.service.context.database.read() as session:
                message = transfer_message(session, lot, self.numbers[receiver], sum_.amount_minor)
            act = transfer_lot(
                self.service.context,
                lot,
                self.numbers[receiver],
                sum_.amount_minor,
                [self._sign(sender, message)],
            )
            done = self.service.settle(act)
            self.lots[receiver] = self._child_held_by(lot, self.numbers[receiver])
            self.voice.done(f"{self._name(sender)} pays {self._name(receiver)} with {sum_} of it", done)
        self._show_lots()

    def finance(self) -> None:
        self.voice.chapter("The smallest supplier has its lot financed, once")
        context, lot = self.service.context, self.lots["tier4"]
        until = unix(context.clock.now() + timedelta(days=3))
        bank, second = self.numbers["bank"], self.numbers["second_bank"]
        reserve_lot(context, lot, bank, until)
        self.voice.say("Donggang Bank reserves the lot while it reviews.")
        with context.database.read() as session:
            message = lock_message(session, lot, bank, until)
        act = lock_lot(context, lot, bank, until, [self._sign("tier4", message)])
        self.voice.done("Linyi Minghui locks it for the bank", self.service.settle(act))
        with self._expecting_refusal("A second funder wants the same lot"):
            reserve_lot(context, lot, second, until)
        with context.database.read() as session:
            other = lock_message(session, lot, second, until)
        with self._expecting_refusal("The holder tries to lock it for the second one anyway"):
            lock_lot(context, lot, second, until, [self._sign("tier4", other)])
        agreed = agree_sale(context, lot, bank, Decimal("0.042"), with_recourse=False)
        assert agreed.terms is not None
        price = Money(int(str(agreed.terms["price_minor"])), currency("CNY"))
        self.voice.say(f"Both agree on {price} today, at 4.2 % a year ACT/360, without recourse, and sign.")
        with context.database.read() as session:
            sale = sale_message(session, lot, agreed)
        act = finance_lot(context, lot, [self._sign("tier4", sale), self._sign("bank", sale)])
        self.voice.done("Title passes to Donggang Bank", self.service.settle(act))

    def settle(self) -> None:
        self.voice.chapter("At maturity Huayuan pays every holder; the clearing bank records it")
        for handle in ("tier1", "tier2", "tier3", "tier4"):
            lot = self.lots[handle]
            context = self.service.context
            with context.database.read() as session:
                record = receivables.lot(session, lot)
                holder = parties.profile(session, record.holder).name
                message = settlement_message(session, lot, record.amount, f"PAY-{handle}")
            act = settle_lot(
                context,
                lot,
                self.numbers["clearing"],
                message.amount,
                f"PAY-{handle}",
                [self._sign("clearing", message)],
            )
            self.voice.done(f"{Money(message.amount, currency('CNY'))} to {holder}", self.service.settle(act))
        with self.service.context.database.read() as session:
            owed = receivables.obligation(session, self.numbers["obligor"], currency("CNY").numeric)
            record_ = receivables.receivable(session, self.receivable)
            live, lots = totals_of_receivables(session, [self.receivable])[self.receivable]
        assert owed is not None
        unit = currency("CNY")
        self.voice.say(
            f"Face {Money(record_.face, unit)} − settled {Money(record_.settled, unit)} = "
            f"{Money(record_.face - record_.settled, unit)}; in {lots} lots: {Money(live, unit)}; "
            f"Huayuan owes in all: {Money(owed.outstanding, unit)}."
        )
        if live or owed.outstanding or record_.face != record_.settled:
            raise AssertionError("the story must end at zero")

    def verify(self) -> None:
        self.voice.chapter("Anybody checks the financed lot's path against the chain")
        checked = verification_of(self.service, self.lots["tier4"])
        for line in checked.lines():
            self.voice.say(line)
        if not checked.is_verified:
            raise AssertionError("the story's lot must verify")

    # ------------------------------------------------------------------ private

    def _sign(self, handle: str, message: Signed) -> Consent:
        context = self.service.context
        return message.sign(self.keys[handle], context.domain, context.deadline())

    def _name(self, handle: str) -> str:
        return next(firm.name for firm in CAST if firm.handle == handle)

    def _bring(self, name: str) -> Registered:
        firm = next(firm for firm in CAST if firm.handle == "tier1")
        return register_invoice(
            self.service.database,
            content=sample_set.read(name),
            name=name,
            uploader=Uploader(self.numbers["tier1"], (TaxId.of(firm.tax_id, country=firm.country),)),
            fingerprint_keys=self.service.context.fingerprint_keys,
            clock=self.service.context.clock,
            ids=self.service.context.new_id,
        )

    def _child_held_by(self, parent: str, holder: int) -> str:
        with self.service.database.read() as session:
            lots = receivables.lots(session, holder=holder)
            return next(one.id for one in lots if one.parent == parent)

    def _show_lots(self) -> None:
        with self.service.database.read() as session:
            for one in receivables.lots(session, receivable_id=self.receivable):
                holder = parties.profile(session, one.holder).name
                self.voice.say(
                    f"  {ids.LOT.outside(one.id)[:20]}…  {Money(one.amount, currency('CNY'))}  {holder}"
                )

    @contextmanager
    def _expecting_refusal(self, what: str) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            self.voice.refused(what, refusal)
            return
        raise AssertionError(f"{what}: this must be refused")
