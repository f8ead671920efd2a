"""From a supplier's registration to its obligor's confirmation."""

from collections.abc import Callable

import pytest

from registry.chain.contract import encode_call
from registry.chain.messages import Confirmation, Consent, Registration, Terms, keccak256
from registry.chain.words import LotStatus, LotWord, ReceivableStatus
from tests.builders import acts
from tests.builders.ledger import (
    CNY,
    DAY,
    OBLIGOR,
    OPERATOR,
    OTHER_OBLIGOR,
    REGISTRAR,
    SETTLER,
    START,
    STRANGER,
    SUPPLIER,
    Ledger,
    Refused,
    account,
    refused,
)

Enter = Callable[[Ledger, acts.Claim], object]
Spoil = Callable[[Ledger, int], str]
ISSUES = (acts.register, acts.register_confirmed)
either_issue = pytest.mark.parametrize("enter", ISSUES)


def test_a_registered_receivable_holds_its_commitment_and_no_lot(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    word = ledger.registered(new.receivable)
    assert word.status == ReceivableStatus.REGISTERED
    assert word.expires == ledger.now + 30 * DAY
    assert word.commitment_low == new.lot & (2**192 - 1)
    assert ledger.lot(new.lot).status == LotStatus.NONE
    assert ledger.obligation().outstanding == 0


def test_a_confirmed_receivable_is_one_free_lot_of_the_originators(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim(face=5_000))
    lot = acts.confirm(ledger, new)
    assert ledger.lot(lot) == LotWord(SUPPLIER, 0, 5_000, new.receivable, 0, 0, 0, LotStatus.FREE)
    facts = ledger.facts(new.receivable)
    assert (facts.face, facts.settled, facts.maturity) == (5_000, 0, acts.MATURITY)
    assert (facts.obligor, facts.settler, facts.currency) == (OBLIGOR, SETTLER, CNY)
    assert (facts.status, facts.flags) == (ReceivableStatus.CONFIRMED, 0)
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (5_000, 1)
    assert ledger.view("ownerOf", lot) == account(SUPPLIER).address.lower()


def test_registered_and_confirmed_in_one_gives_the_same_state_as_in_two(ledger: Ledger) -> None:
    new = acts.claim(face=5_000)
    with ledger.undone():
        acts.confirm(ledger, acts.register(ledger, new))
        two = (ledger.facts(new.receivable), ledger.lot(new.lot), ledger.obligation())
    acts.register_confirmed(ledger, new)
    assert (ledger.facts(new.receivable), ledger.lot(new.lot), ledger.obligation()) == two


def test_registered_and_confirmed_in_one_tells_the_same_events_as_in_two(ledger: Ledger) -> None:
    """Terms and invoices stand in no word: who reads the chain has them from these events alone."""
    new = acts.claim(face=5_000)
    with ledger.undone():
        acts.register(ledger, new)
        told = ledger.events()
        acts.confirm(ledger, new)
        told += ledger.events()
    acts.register_confirmed(ledger, new)
    assert ledger.events() == told


@either_issue
def test_nobody_registers_an_invoice_it_owes_itself(ledger: Ledger, enter: Enter) -> None:
    with refused("ObligorIsOriginator", party=OBLIGOR):
        enter(ledger, acts.claim(originator=OBLIGOR))


@either_issue
def test_the_obligor_is_never_the_settler(ledger: Ledger, enter: Enter) -> None:
    with refused("SettlerInvalid", settler=OBLIGOR):
        enter(ledger, acts.claim(settler=OBLIGOR))


def test_a_receivable_may_have_no_settler(ledger: Ledger) -> None:
    acts.issue(ledger, settler=0)


@either_issue
def test_a_face_below_the_smallest_lot_is_refused(ledger: Ledger, enter: Enter) -> None:
    with refused("FaceTooSmall", face=99):
        enter(ledger, acts.claim(face=99))
    ledger.set_limits(min_lot=0)
    with refused("FaceTooSmall", face=0):
        enter(ledger, acts.claim(face=0, invoices=[acts.invoice(amount=1)]))


@either_issue
def test_the_maturity_lies_ahead_and_within_the_longest_tenor(ledger: Ledger, enter: Enter) -> None:
    for wrong in (START, START - 1, START + 365 * DAY + 1):
        with refused("MaturityInvalid", maturity=wrong):
            enter(ledger, acts.claim(maturity=wrong))
    enter(ledger, acts.claim(maturity=START + 1))
    enter(ledger, acts.claim(maturity=START + 365 * DAY))


def make_frozen(ledger: Ledger, party: int) -> str:
    ledger.send(OPERATOR, "freeze", party, True)
    return "PartyFrozen"


def make_expired(ledger: Ledger, party: int) -> str:
    ledger.set_roles(party, valid_until=ledger.now - 1)
    return "PartyExpired"


def make_roleless(ledger: Ledger, party: int) -> str:
    ledger.take_role(party)
    return "RoleMissing"


@either_issue
@pytest.mark.parametrize("spoil", [make_frozen, make_expired, make_roleless])
@pytest.mark.parametrize("party", [OBLIGOR, SUPPLIER])
def test_obligor_and_originator_must_be_active_and_in_role(
    ledger: Ledger, enter: Enter, spoil: Spoil, party: int
) -> None:
    with refused(spoil(ledger, party), party=party):
        enter(ledger, acts.claim())


@pytest.mark.parametrize("spoil", [make_frozen, make_expired, make_roleless])
@pytest.mark.parametrize("party", [OBLIGOR, SUPPLIER, SETTLER])
def test_they_and_the_settler_must_still_be_at_confirmation(ledger: Ledger, spoil: Spoil, party: int) -> None:
    new = acts.register(ledger, acts.claim())
    error = spoil(ledger, party)
    if party == SUPPLIER and error == "RoleMissing":
        acts.confirm(ledger, new)  # the role is asked of whoever registers, once
        return
    with refused(error, party=party):
        acts.confirm(ledger, new)


@either_issue
def test_unknown_parties_are_refused(ledger: Ledger, enter: Enter) -> None:
    with refused("UnknownParty", party=99):
        enter(ledger, acts.claim(obligor=99))
    with refused("UnknownParty", party=98):
        enter(ledger, acts.claim(originator=98))


def test_an_unknown_settler_shows_at_confirmation(ledger: Ledger) -> None:
    with refused("UnknownParty", party=99):
        acts.issue(ledger, settler=99)


@either_issue
def test_a_barred_obligor_is_named_in_nothing_new(ledger: Ledger, enter: Enter) -> None:
    ledger.send(OPERATOR, "bar", OBLIGOR, True)
    with refused("ObligorBarred", obligor=OBLIGOR):
        enter(ledger, acts.claim())
    enter(ledger, acts.claim(obligor=OTHER_OBLIGOR))


def test_an_obligor_barred_meanwhile_cannot_confirm_but_can_decline(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    ledger.send(OPERATOR, "bar", OBLIGOR, True)
    with refused("ObligorBarred"):
        acts.confirm(ledger, new)
    acts.decline(ledger, new)


@pytest.mark.parametrize("state", [1, 2])
def test_no_new_receivables_and_halted_stop_every_issue(ledger: Ledger, state: int) -> None:
    new = acts.register(ledger, acts.claim())
    ledger.set_state(state)
    with refused("NoNewReceivables"):
        acts.register(ledger, acts.claim())
    with refused("NoNewReceivables"):
        acts.register_confirmed(ledger, acts.claim())
    with refused("NoNewReceivables"):
        acts.confirm(ledger, new)
    acts.decline(ledger, new)


@either_issue
def test_an_id_is_used_once(ledger: Ledger, enter: Enter) -> None:
    new = acts.claim()
    enter(ledger, new)
    with refused("IdAlreadyUsed", receivable=new.receivable):
        enter(ledger, new)


def test_declined_terms_cannot_come_back(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    acts.decline(ledger, new)
    with refused("IdAlreadyUsed"):
        acts.register(ledger, new)


def test_the_registered_terms_are_the_ones_confirmed(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    word = ledger.view("facts", new.receivable)
    # Same top 64 bits, another commitment: out of reach for hashing, so written directly.
    ledger.write("facts", new.receivable, word ^ 1)
    with refused("TermsMismatch", receivable=new.receivable):
        acts.confirm(ledger, new)


def test_what_was_never_registered_is_unknown(ledger: Ledger) -> None:
    new = acts.claim()
    with refused("ReceivableUnknown", receivable=new.receivable):
        acts.confirm(ledger, new)
    with refused("ReceivableUnknown", receivable=new.receivable):
        acts.decline(ledger, new)


def test_a_confirmation_happens_once(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    acts.confirm(ledger, new)
    with refused("ReceivableNotRegistered", status=ReceivableStatus.CONFIRMED):
        acts.confirm(ledger, new)
    with refused("ReceivableNotRegistered", status=ReceivableStatus.CONFIRMED):
        acts.decline(ledger, new)


def test_a_declined_receivable_is_neither_confirmed_nor_declined_again(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    acts.decline(ledger, new)
    with refused("ReceivableNotRegistered", status=ReceivableStatus.DECLINED):
        acts.confirm(ledger, new)
    with refused("ReceivableNotRegistered", status=ReceivableStatus.DECLINED):
        acts.decline(ledger, new)


def test_a_confirmation_comes_before_the_registration_expires(ledger: Ledger) -> None:
    early, late = (acts.register(ledger, acts.claim()) for _ in range(2))
    ledger.pass_time(30 * DAY - 1)
    acts.confirm(ledger, early)
    ledger.pass_time(1)
    with refused("ConfirmationPeriodOver", expires=ledger.now):
        acts.confirm(ledger, late)
    acts.decline(ledger, late)


def test_a_confirmation_comes_before_the_maturity(ledger: Ledger) -> None:
    early, late = (acts.register(ledger, acts.claim(maturity=START + DAY)) for _ in range(2))
    ledger.pass_time(DAY - 1)
    acts.confirm(ledger, early)
    ledger.pass_time(1)
    with refused("MaturityInvalid"):
        acts.confirm(ledger, late)


def test_a_frozen_or_expired_obligor_may_still_decline(ledger: Ledger) -> None:
    first, second = (acts.register(ledger, acts.claim()) for _ in range(2))
    make_frozen(ledger, OBLIGOR)
    acts.decline(ledger, first)
    make_expired(ledger, OBLIGOR)
    acts.decline(ledger, second)


def test_a_declinature_says_how_much_is_owed(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    acts.decline(ledger, new, owed=7, reason=b"\7" * 32)
    [event] = ledger.events()
    assert event.name == "ReceivableDeclined"
    assert (event.values["owed"], event.values["reason"]) == (7, b"\7" * 32)


def test_nobody_else_declines(ledger: Ledger) -> None:
    new = acts.register(ledger, acts.claim())
    with refused("ConsentMissing", party=OBLIGOR):
        acts.decline(ledger, new, sender=STRANGER)


def test_both_sides_sign_an_issue_in_one(ledger: Ledger) -> None:
    new = acts.claim()
    for party, message in ((SUPPLIER, Registration(new.terms)), (OBLIGOR, Confirmation(new.terms))):
        with refused("ConsentMissing"):
            acts.register_confirmed(ledger, new, consents=ledger.sign(message, account(party)))


@either_issue
def test_the_invoices_are_the_ones_signed(ledger: Ledger, enter: Enter) -> None:
    new = acts.claim()
    other = acts.Claim(new.terms, acts.claim().invoices)
    with refused("InvoicesMismatch"):
        enter(ledger, other)


@either_issue
def test_the_invoices_sum_to_the_face(ledger: Ledger, enter: Enter) -> None:
    for off in (-1, 1):
        with refused("FaceNotCovered", face=acts.FACE, invoices=acts.FACE + off):
            enter(ledger, acts.claim(face=acts.FACE, invoices=[acts.invoice(amount=acts.FACE + off)]))
    with refused("FaceNotCovered", face=acts.FACE, invoices=0):
        enter(ledger, acts.claim(face=acts.FACE, invoices=[]))


def registration_of_raw_terms(ledger: Ledger, words: bytes, invoices: bytes) -> bytes:
    """Calldata that registers these terms word by word, with a signature over exactly these words."""
    terms_type = f"Terms({Terms.layout})".encode()
    domain_type = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    separator = keccak256(
        keccak256(domain_type)
        + keccak256(b"Counterfoil")
        + keccak256(b"1")
        + (1).to_bytes(32)
        + bytes(12)
        + bytes.fromhex(ledger.address[2:])
    )
    struct = keccak256(
        keccak256(b"Registration(Terms terms,uint40 deadline)" + terms_type)
        + keccak256(keccak256(terms_type) + words)
        + ledger.now.to_bytes(32)
    )
    key = account(SUPPLIER)
    signature = key.sign_digest(keccak256(b"\x19\x01" + separator + struct))
    consents = [Consent(key.address, ledger.now, signature)]
    clean = encode_call("register", acts.claim().terms.as_argument(), invoices, consents)
    return clean[:4] + words + clean[4 + len(words) :]


def words_of(terms: Terms) -> bytes:
    return encode_call("confirm", terms.as_argument(), [])[4 : 4 + 12 * 32]


def test_terms_signed_word_by_word_are_taken(ledger: Ledger) -> None:
    """The control of the next test."""
    new = acts.claim()
    ledger.send_raw(account(REGISTRAR), registration_of_raw_terms(ledger, words_of(new.terms), new.invoices))
    assert ledger.registered(new.receivable).status == ReceivableStatus.REGISTERED


@pytest.mark.parametrize("position", range(9))
def test_dirty_high_bits_are_refused_even_when_they_were_signed(ledger: Ledger, position: int) -> None:
    """Calldata words carry 256 bits; a field of 32 with more in it must not slip into the commitment."""
    new = acts.claim()
    words = bytearray(words_of(new.terms))
    words[32 * position] = 1
    with pytest.raises(Refused) as caught:
        ledger.send_raw(account(REGISTRAR), registration_of_raw_terms(ledger, bytes(words), new.invoices))
    assert caught.value.revert is None, "refused by the decoder, before any rule of ours"


def test_the_commitment_is_the_hash_of_all_terms(ledger: Ledger) -> None:
    new = acts.claim()
    assert new.lot >> 192 == new.receivable
    assert keccak256(new.invoices) == new.terms.invoices_hash
    acts.issue(ledger, new)
    assert ledger.lot(new.lot).receivable == new.receivable


@pytest.mark.parametrize(("position", "bits"), [*enumerate((32, 32, 32, 64, 16, 32, 32, 32, 32))])
def test_a_field_wider_by_a_single_bit_is_refused(ledger: Ledger, position: int, bits: int) -> None:
    new = acts.claim()
    words = bytearray(words_of(new.terms))
    words[32 * position + 31 - bits // 8] = 1
    raw = registration_of_raw_terms(ledger, bytes(words), new.invoices)
    # Not a byte comes back: no rule of ours was asked.
    with pytest.raises(RuntimeError, match=r"output: 0x\W"):
        ledger.evm.message_call(account(REGISTRAR).address, ledger.address, calldata=raw)
