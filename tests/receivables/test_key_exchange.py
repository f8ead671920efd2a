"""Two fingerprint keys live at once: on a real ledger, from the first half of an invoice to the old key's end."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from api import setup
from api.rotation import rotate
from api.service import DATABASE_FILE, Service, fingerprint_keys
from api.verification import verification_of
from registry.chain.contract import decode_result, encode_call
from registry.chain.keys import SigningKey
from registry.chain.words import InvoiceUseWord
from registry.fingerprints import voprf
from registry.fingerprints.keys import FingerprintKey, FingerprintKeyUnknown, KeyMissing
from registry.invoices import entry_queries, filling
from registry.invoices import queries as invoices
from registry.invoices.blind import TOKEN_BYTES, Kind, Secrets, State, Tokens, questions
from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.invoices.records import to_invoice
from registry.invoices.rules import Outcome
from registry.kit.clock import FixedClock
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.mirror.reconcile import reconcile
from registry.parties.use_cases import NewParty, prepare_admission
from registry.receivables import queries
from registry.receivables.checks import Use
from registry.receivables.endings import withdraw_receivable, withdrawal_message
from registry.receivables.key_exchange import (
    FingerprintKeyNeeded,
    retire_fingerprint_key,
    standing_of_keys,
)
from registry.receivables.outsiders import evaluate_blinded, known_tokens
from registry.receivables.use_cases import prepare_receivable, register_receivable, registration_message
from tests.api.test_commands import Clerk
from tests.builders.databases import a_database
from tests.builders.office import START, Office, founding
from tests.receivables.test_preparing import BUYER, SELLER, brought, ubl

HALF = 59_500


class InterruptedHereError(Exception):
    pass


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def an_invoice(office: Office, number: str = "K-1") -> str:
    return brought(office, ubl(number=number, seller_vat=SELLER, buyer_vat=BUYER, currency="CNY"))


def record(office: Office, invoice: str) -> InvoiceRecord:
    with office.service.database.read() as session:
        return invoices.invoice_by_id(session, invoice)


def prepared(office: Office, invoice: str, amount: int | None = None) -> str:
    return prepare_receivable(office.context, office.request(Use(invoice, amount))).receivable


def hand_in(office: Office, receivable: str) -> str:
    with office.service.database.read() as session:
        message = registration_message(session, receivable)
    office.settle(register_receivable(office.context, receivable, [office.sign("tier1", message)]))
    return receivable


def register(office: Office, invoice: str, amount: int | None = None) -> str:
    return hand_in(office, prepared(office, invoice, amount))


def rotated(office: Office) -> int:
    version, filled = rotate(office.service, lambda _: None)
    assert filled.left == ()
    return version


def on_chain(office: Office, invoice: str) -> list[tuple[int, int]]:
    """What the contract says of each entry: used, and how many entries the invoice has."""
    service: Service = office.service
    words = [
        service.node.eth_call(service.settings.contract, encode_call("invoiceOf", bytes.fromhex(one)))
        for one in record(office, invoice).entries
    ]
    found = [InvoiceUseWord.unpack(decode_result("invoiceOf", word)) for word in words]
    return [(one.used, one.fingerprints) for one in found]


def alone(office: Office) -> dict[int, tuple[int, int]]:
    with office.service.database.read() as session:
        return {one.key.version: (one.invoices_alone, one.uses_alone) for one in standing_of_keys(session)}


def test_an_invoice_half_used_under_the_old_key_is_used_up_under_both(office: Office) -> None:
    invoice = an_invoice(office)
    first = register(office, invoice, HALF)
    assert on_chain(office, invoice) == [(HALF, 1)]

    assert rotated(office) == 2
    assert list(record(office, invoice).fingerprints) == ["1", "2"]
    assert on_chain(office, invoice) == [(HALF, 1), (0, 0)]
    assert alone(office) == {1: (0, 1), 2: (0, 0)}
    assert refused_code(lambda: retire_fingerprint_key(office.context, 1)) == "fingerprint_key_needed"
    assert refused_code(lambda: prepared(office, invoice, HALF + 1)) == "invoice_over_cap"

    register(office, invoice, HALF)
    assert on_chain(office, invoice) == [(2 * HALF, 2), (2 * HALF, 2)]
    assert refused_code(lambda: prepared(office, invoice)) == "invoice_over_cap"
    # The first receivable named one entry; to end it, the later one must be named too.
    with office.service.database.read() as session:
        message = withdrawal_message(session, first, "Not delivered")
    consents = [office.sign("tier1", message)]
    office.settle(withdraw_receivable(office.context, first, "Not delivered", consents))
    assert on_chain(office, invoice) == [(HALF, 2), (HALF, 2)]
    assert not reconcile(
        office.service.database, office.service.node, office.service.settings.contract
    ).drifts


def test_a_fresh_invoice_stands_under_both_and_then_under_the_new_key_alone(office: Office) -> None:
    rotated(office)
    both = an_invoice(office, "K-2")
    assert list(record(office, both).fingerprints) == ["1", "2"]
    register(office, both)
    assert on_chain(office, both) == [(119_000, 2), (119_000, 2)]

    retire_fingerprint_key(office.context, 1)
    after = an_invoice(office, "K-3")
    assert list(record(office, after).fingerprints) == ["2"]
    register(office, after)
    assert on_chain(office, after) == [(119_000, 1)]
    assert alone(office) == {1: (0, 0), 2: (record_count(office), 0)}


def record_count(office: Office) -> int:
    with office.service.database.read() as session:
        return invoices.count(session)


@pytest.mark.parametrize("is_retired", [False, True], ids=["both live", "old one retired"])
def test_a_duplicate_is_found_across_the_exchange(office: Office, is_retired: bool) -> None:
    rotated(office)
    if is_retired:
        retire_fingerprint_key(office.context, 1)
    for name in ("invoice-1.ubl.xml", "invoice-4-same-as-1.cii.xml"):
        assert office.bring(name).outcome is Outcome.DUPLICATE
    assert office.bring("invoice-5-altered-1.ubl.xml").outcome in (Outcome.CONFLICT, Outcome.DUPLICATE)


def test_what_is_left_of_an_invoice_names_a_retired_keys_entries_too(office: Office) -> None:
    invoice = an_invoice(office)
    rotated(office)
    register(office, invoice, HALF)
    retire_fingerprint_key(office.context, 1)
    register(office, invoice, HALF)
    assert on_chain(office, invoice) == [(2 * HALF, 2), (2 * HALF, 2)]


def test_a_draft_that_leaves_out_an_entry_is_to_be_prepared_again(office: Office) -> None:
    invoice = an_invoice(office)
    before = prepared(office, invoice)
    rotated(office)
    assert refused_code(lambda: hand_in(office, before)) == "draft_outdated"
    hand_in(office, prepared(office, invoice))


def test_an_interrupted_exchange_goes_on_and_meanwhile_finds_duplicates(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 1)

    def after_two(filled: filling.Filled) -> None:
        if filled.done == 2:
            raise InterruptedHereError

    with pytest.raises(InterruptedHereError):
        rotate(office.service, after_two)
    with office.service.database.read() as session:
        left = entry_queries.count_unentered(session, 2)
    assert left == record_count(office) - 2 > 0
    assert office.bring("invoice-1.ubl.xml").outcome is Outcome.DUPLICATE
    assert refused_code(lambda: retire_fingerprint_key(office.context, 1)) == "fingerprint_key_needed"
    assert rotated(office) == 2
    with office.service.database.read() as session:
        assert entry_queries.count_unentered(session, 2) == 0
    assert alone(office)[1][0] == 0
    assert rotated(office) == 3


def test_the_only_live_key_and_one_that_is_not_live_cannot_be_retired(office: Office) -> None:
    with pytest.raises(FingerprintKeyNeeded):
        retire_fingerprint_key(office.context, 1)
    with pytest.raises(FingerprintKeyUnknown):
        retire_fingerprint_key(office.context, 2)


def test_without_the_new_keys_file_nothing_is_entered(office: Office) -> None:
    """A server that was not given the new key must not go on under the old one alone."""
    rotated(office)
    path = Path(office.service.folder) / "keys/fingerprint-2.json"
    path.unlink()
    fresh = fingerprint_keys(office.service.folder)
    with office.service.database.read() as session:
        with pytest.raises(KeyMissing):
            fresh.live(session)
        FingerprintKey.create(version=2).save(path)
        with pytest.raises(KeyMissing):
            fingerprint_keys(office.service.folder).live(session)


def test_the_commands_list_rotate_and_retire(office_folder: Path) -> None:
    clerk = Clerk(office_folder)
    clerk.is_refused("fingerprint", "retire", "1", code="fingerprint_key_needed")
    done = clerk.types("fingerprint", "rotate")
    assert done.exit_code == 0, done.output
    assert "Fingerprint key 2 is live" in done.output
    listed = json.loads(clerk.types("fingerprint", "keys", "--json").stdout)
    assert [(one["version"], one["invoices_alone"], one["retired_at"]) for one in listed] == [
        (1, 0, None),
        (2, 0, None),
    ]
    assert listed[0]["live_since"].startswith("2026-11-02")
    assert (
        "Nothing is entered or answered under fingerprint key 1"
        in clerk.types("fingerprint", "retire", "1").output
    )
    assert "2026-11" in clerk.types("fingerprint", "keys").output
    clerk.is_refused("fingerprint", "retire", "1", code="fingerprint_key_unknown", status=4)


def test_outsiders_ask_under_every_live_key_and_under_a_retired_one_nobody(office: Office) -> None:
    """What is used on the ledger under the old key alone is told as used under the new one too."""
    invoice = an_invoice(office, "K-4")
    register(office, invoice)
    rotated(office)
    assert [told(office, invoice, version) for version in (1, 2)] == [State.USED, State.USED]
    retire_fingerprint_key(office.context, 1)
    assert told(office, invoice, 2) is State.USED
    assert refused_code(lambda: told(office, invoice, 1)) == "fingerprint_key_unknown"


def told(office: Office, invoice: str, version: int) -> State:
    asked = [
        one
        for one in questions(to_invoice(record(office, invoice)), version)
        if evaluate_blinded(office.context, version, [voprf.blind(one.key).element])
    ]
    key = fingerprint_keys(office.service.folder).key(version)
    found = known_tokens(office.context, version, 0)
    size = range(0, len(found.tokens), TOKEN_BYTES)
    tokens = Tokens(version, 0, 1, found.salt, frozenset(found.tokens[at : at + TOKEN_BYTES] for at in size))
    secrets = [
        Secrets.of(one, {each: voprf.evaluate(key.secret, each) for each in one.messages}) for one in asked
    ]
    assert all(one.kind(tokens) is Kind.EXACT for one in secrets)
    return max((one.state(tokens) for one in secrets), key=list(State).index)


def test_a_party_keeps_its_identity_on_the_ledger_while_the_old_key_lives(office: Office) -> None:
    new = NewParty(
        name="Later GmbH",
        country="DE",
        identifiers=(TaxId.of("DE811907980"),),
        roles=("supplier",),
        account=SigningKey.create().address,
        valid_until=START.date() + timedelta(days=300),
    )
    before = prepare_admission(office.context, new).identity
    rotated(office)
    assert prepare_admission(office.context, new).identity == before
    retire_fingerprint_key(office.context, 1)
    assert prepare_admission(office.context, new).identity != before


def test_rows_from_before_blind_checks_are_completed_by_init(office_folder: Path) -> None:
    database = a_database(office_folder / DATABASE_FILE)
    with database.write() as session:
        session.execute(update(InvoiceKey).values(check_key=None, contents=None))
        session.execute(update(InvoiceBlockedKey).values(check_key=None, contents=None))
    with database.read() as session:
        assert entry_queries.count_unentered(session, 1) > 0
    setup.found(founding(office_folder), FixedClock(START), lambda _said: None)
    with database.read() as session:
        assert entry_queries.count_unentered(session, 1) == 0
    with pytest.raises(setup.AlreadyInitialized):
        setup.found(founding(office_folder), FixedClock(START), lambda _said: None)
    database.close()


def test_a_receivable_from_before_still_verifies(office: Office) -> None:
    with office.service.database.read() as session:
        lot = queries.lots(session)[0].id
    names = verification_of(office.service, lot).invoices
    rotated(office)
    after = verification_of(office.service, lot)
    assert after.is_verified
    assert after.invoices == names
    assert all(names.values())
