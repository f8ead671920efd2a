"""Verifying a lot: from a node's answers alone, every act from the registration on and every signature under
it.

Proven are: the contract's code; each transaction's hash, sender and place; each act's words, ids, amounts and
arguments; each consent, its deadline and its key's mandate at that time; the commitment to terms and
invoices. Taken on the node's word are its state (``eth_call``) and which block is canonical: that is why a
funder asks its own node. Over a proof pack (``proving``) the same walk takes nobody's word: receipts and state are
proven by their block's roots, and blocks by the one that the funder trusts.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from registry.chain.messages import Domain, Terms, child_lot
from registry.chain.node import Node
from registry.chain.words import LotWord, PartyWord
from registry.provenance.acts import read_issue, read_lot_act, terms_of
from registry.provenance.companies import Identify, claim_identities
from registry.provenance.consents import Consents, Sent
from registry.provenance.demands import Reading, Said
from registry.provenance.ground import check_block, check_code, check_transaction
from registry.provenance.history import Act, History, acts_in, lot_history, lot_name
from registry.provenance.model import Broken, Checks, Hop, PartyOnPath, Path, Signer, Verification
from registry.provenance.origin import check_obligation, check_origin, check_present
from registry.provenance.reading import NodeReader, Reader, quantity, text
from registry.provenance.standing import Parties


def verify_lot(
    node: Node, contract: str, lot: int, at_block: int | None = None, *, chain_id: int | None = None
) -> Verification:
    """Verify ``lot`` of the registry at ``contract`` (0x address) as of a block's end, the latest unless
    told.

    ``chain_id``: the chain it must be; without it the node's own is taken, to which the contract's code is
    then held. Never raises for what the chain holds, however broken: that is the verdict. Raises
    ChainNotReachable, and NodeRefused where the node answers no logs at all.
    """
    reader = NodeReader(node, contract, node.block_number() if at_block is None else at_block)
    return verify_from(reader, lot, chain_id=chain_id)


def verify_from(
    reader: Reader,
    lot: int,
    *,
    chain_id: int | None = None,
    checks: Checks | None = None,
    identify: Identify = claim_identities,
) -> Verification:
    """``verify_lot``, of whatever the reader reads from. ``checks``: those made before, which the verdict is to
    cover too; ``identify``: says of the path's parties who they are."""
    return _Verifier(reader, lot, chain_id, checks or Checks(), identify).run()


class _Verifier:
    def __init__(
        self, reader: Reader, lot: int, chain_id: int | None, checks: Checks, identify: Identify
    ) -> None:
        self._reader = reader
        self._lot = lot
        self._wanted_chain = chain_id
        self._chain_id = reader.chain_id()
        self._checks = checks
        self._identify = identify
        self._parties = Parties(reader)
        domain = Domain(self._chain_id, reader.contract)
        self._domain = domain
        self._consents = Consents(reader, self._parties, domain)
        self._sent: dict[str, Sent] = {}
        self._blocks: set[int] = set()
        self._grants: dict[tuple[int, int], Act] = {}
        self._takeovers: dict[tuple[int, int], Act] = {}

    def run(self) -> Verification:
        path, names = None, dict[int, str]()
        at_seconds = 0
        try:
            head = self._reader.block(self._reader.at)
            at_seconds = quantity(head, "timestamp")
            self._check_block(self._reader.at)
            if self._check_ground():
                path = self._walk()
                names = self._identify(path, self._checks)
            if self._reader.block_hash_now(self._reader.at) != text(head, "hash"):
                self._checks.not_checked(
                    "chain_moved",
                    f"block {self._reader.at}",
                    "The chain was reorganized meanwhile; try again.",
                )
        except Broken as broken:
            self._checks.broke(lot_name(self._lot), broken)
        return Verification(
            contract=self._reader.contract,
            chain_id=self._chain_id,
            lot=self._lot,
            at_block=self._reader.at,
            at_seconds=at_seconds,
            checks=tuple(self._checks.made),
            path=path,
            names=names,
            verdict=self._checks.verdict(),
        )

    def _check_ground(self) -> bool:
        if self._wanted_chain not in (None, self._chain_id):
            self._checks.failed(
                "chain_id", "node", f"The node is of chain {self._chain_id}, not {self._wanted_chain}."
            )
            return False
        return check_code(self._reader, self._domain, self._checks)

    def _walk(self) -> Path:
        if self._reader.word("lotOf", self._lot) == 0:
            raise Broken("lot_unknown", "The registry knows no such lot at this block.")
        history = lot_history(self._reader, self._lot)
        terms = terms_of(history.registration)
        self._parties.load(_named(history, terms))
        hops = []
        for act in (history.registration, history.confirmation):
            hops.append(self._hop(act, history.lots[0].lot, read_issue(act, terms, self._said_by(act))))
        word = LotWord.unpack(history.confirmation.number("lotWord"))
        invoices = check_origin(self._reader, history, terms, self._checks)
        for position, each in enumerate(history.lots):
            wanted = history.lots[position + 1].lot if position + 1 < len(history.lots) else None
            for act in each.acts:
                reading = read_lot_act(act, each.lot, word, terms, self._said_by(act))
                child = child_lot(each.lot, word.seq) if act.name == "LotSplit" else None
                hops.append(replace(self._hop(act, each.lot, reading), child=child))
                word = _next_word(reading, word)
                if wanted is not None and act is each.acts[-1]:
                    word = self._descend(act, child, wanted, reading)
        facts = check_present(self._reader, history, word, terms, self._checks)
        total = check_obligation(self._reader, facts, terms, self._checks)
        self._check_grants()
        self._check_takeovers()
        parties = self._check_admissions()
        lineage = tuple(each.lot for each in history.lots)
        return Path(self._lot, word, terms, facts, total, lineage, tuple(hops), tuple(invoices), parties)

    def _descend(self, act: Act, child: int | None, wanted: int, reading: Reading) -> LotWord:
        """From a lot to its child by the split."""
        is_child = self._checks.holds(
            "child_id",
            lot_name(wanted),
            "The child's id is the hash of its parent and the parent's seq.",
            otherwise="The split does not make this child: its parent's seq is another.",
            if_true=child == wanted,
        )
        if not is_child or reading.child is None:
            raise Broken("split_missing", f"{lot_name(wanted)} does not come from this split.")
        return reading.child

    def _sent_by(self, act: Act) -> Sent:
        if act.tx not in self._sent:
            self._check_block(act.block)
            self._sent[act.tx] = check_transaction(self._reader, act.tx, self._checks)
        return self._sent[act.tx]

    def _said_by(self, act: Act) -> Said:
        call = self._sent_by(act).call
        return Said(call, () if call is None else tuple(acts_in(self._reader, act.tx)))

    def _check_block(self, number: int) -> None:
        if number not in self._blocks:
            self._blocks.add(number)
            check_block(self._reader, number, self._checks)

    def _hop(self, act: Act, lot: int, reading: Reading) -> Hop:
        sent = self._sent_by(act)
        subject = _subject(act, lot)
        for name, (expected, found) in reading.words.items():
            self._checks.holds(
                f"{name}_word",
                subject,
                f"The new {name} word follows from the one before and the act.",
                otherwise=f"The new {name} word does not follow from the one before and the act.",
                if_true=expected == found,
            )
        for name, detail in reading.faults:
            self._checks.failed(name, subject, detail)
        if act.name == "LotSplit" and not reading.faults:
            self._checks.proven(
                "split_amounts", subject, "Both parts add up to the lot before, one hop more."
            )
        signers, is_checked = self._check_signed(act, subject, reading, sent)
        return Hop(
            event=act.name,
            lot=lot,
            child=None,
            giver=reading.giver,
            taker=reading.taker,
            amount_minor=reading.amount_minor,
            block=act.block,
            tx=act.tx,
            at=act.at,
            signers=tuple(signers),
            is_checked=is_checked,
            is_pledge=reading.is_pledge,
        )

    def _check_signed(
        self, act: Act, subject: str, reading: Reading, sent: Sent
    ) -> tuple[list[Signer], bool]:
        call = sent.call
        if call is None or call.name not in reading.functions:
            why = (
                sent.why_not
                or f"it called {call.name if call else '?'}, which this version cannot take apart"
            )
            self._checks.not_checked("signature", subject, f"Not known who consented: {why}.")
            return [], False
        self._checks.holds(
            "call",
            subject,
            f"The call to {call.name} said what the event says.",
            otherwise=f"The call to {call.name} said something else than the event.",
            if_true=_says(call.values if reading.given is None else reading.given, reading.arguments),
        )
        signers: list[Signer] = []
        is_checked = True
        for demand in reading.demands:
            is_checked &= self._guarded(
                "signature", f"{subject}, party {demand.party}",
                partial(self._consents.check, demand, sent, act), signers,
            )  # fmt: skip
        if act.name == "ReceivableRegistered":
            is_checked &= self._guarded(
                "registrar", subject, partial(self._consents.check_registrar, sent, act), signers
            )
        if reading.is_by_arbiter:
            is_checked &= self._guarded(
                "arbiter", subject, partial(self._consents.check_arbiter, sent, act), signers
            )
        self._note_authorities(signers, act)
        return signers, is_checked

    def _note_authorities(self, signers: list[Signer], act: Act) -> None:
        """Where the keys that consented have their authority from, to be checked once each."""
        for signer in signers:
            for takeover in self._parties.takeovers(signer.party, act):
                self._takeovers[takeover.place] = takeover
            grant = self._parties.grant(signer.party, signer.address, act)
            if signer.authority != "account" and grant is not None:
                self._grants[grant.place] = grant

    def _guarded(
        self, name: str, subject: str, ask: Callable[[], list[Signer]], signers: list[Signer]
    ) -> bool:
        """Run one check of a consent; whether it is proven. Who gave it is added to ``signers``."""
        try:
            found = ask()
        except Broken as broken:
            self._checks.broke(subject, broken)
            return False
        signers += found
        self._checks.proven(name, subject, "; ".join(map(_sentence, found)))
        return True

    def _check_grants(self) -> None:
        """Each key that used a mandate got it from its party's account and signed for it."""
        for place in sorted(self._grants):
            act = self._grants[place]
            sent = self._sent_by(act)
            subject = f"key {act.event.values['key']} of party {act.number('party')}"
            ask = partial(self._consents.check_grant, act, sent)
            self._check_own("mandate", subject, "setKey", sent, ask)

    def _check_takeovers(self) -> None:
        """Each account that a consenting party took was proposed, left alone for its days, and signed for itself."""
        for place in sorted(self._takeovers):
            act = self._takeovers[place]
            sent = self._sent_by(act)
            subject = f"account {act.event.values['account']} of party {act.number('party')}"
            ask = partial(self._consents.check_takeover, act, sent)
            self._check_own("recovery", subject, "takeAccount", sent, ask)
            self._check_proposal(act, subject)

    def _check_proposal(self, takeover: Act, subject: str) -> None:
        """A missing one has failed with the takeover."""
        act = self._parties.proposal(takeover.number("party"), takeover)
        if act is not None:
            sent = self._sent_by(act)
            ask = partial(self._consents.check_proposal, act, sent)
            self._check_own("proposal", subject, "proposeAccount", sent, ask)

    def _check_own(
        self, name: str, subject: str, function: str, sent: Sent, ask: Callable[[], list[Signer]]
    ) -> None:
        """An act of a party about itself, if its transaction called the function that does it."""
        if sent.call is None or sent.call.name != function:
            why = sent.why_not or f"it called {sent.call.name if sent.call else '?'}"
            self._checks.not_checked(name, subject, f"Not known who consented: {why}.")
        else:
            self._guarded(name, subject, ask, [])

    def _check_admissions(self) -> tuple[PartyOnPath, ...]:
        """Each party on the path was admitted with an account that signed its own binding."""
        found = []
        for party in self._parties.known():
            subject = f"party {party}"
            try:
                act = self._parties.admission(party)
            except Broken as broken:
                self._checks.broke(subject, broken)
                continue
            sent = self._sent_by(act)
            ask = partial(self._consents.check_admission, act, sent)
            self._check_own("admission", subject, "admit", sent, ask)
            bound = (act, *self._parties.takeovers(party))
            accounts = [f"0x{PartyWord.unpack(each.number('partyWord')).account:040x}" for each in bound]
            found.append(PartyOnPath(party, act.octets("identity"), tuple(accounts)))
        return tuple(found)


def _says(given: dict[str, Any], arguments: dict[str, Any]) -> bool:
    return all(given.get(name) == value for name, value in arguments.items())


def _next_word(reading: Reading, word: LotWord) -> LotWord:
    return word if reading.after is None else reading.after


def _named(history: History, terms: Terms) -> list[int]:
    """Every party the lots' words and the terms name."""
    parties = {terms.obligor, terms.originator, terms.settler}
    for act in history.acts:
        for name in ("lotWord", "parentWord", "childWord"):
            if name in act.event.values:
                word = LotWord.unpack(act.number(name))
                parties |= {word.holder, word.peer}
    return sorted(parties - {0})


def _subject(act: Act, lot: int) -> str:
    return f"{act.name} of {lot_name(lot)} in block {act.block}"


def _sentence(signer: Signer) -> str:
    how = "sent it" if signer.has_sent else "signed"
    whose = f"Party {signer.party}'s {signer.address}" if signer.party else signer.address
    return f"{whose} {how} ({signer.authority})."
