"""How much of an invoice is spoken for: all its fingerprints hold one word, and nothing is used twice."""

import pytest

from registry.chain.messages import InvoiceEntry, pack_invoices
from registry.chain.words import InvoiceUseWord
from tests.builders import acts
from tests.builders.acts import fingerprint
from tests.builders.ledger import CNY, EUR, Ledger, refused

A, B, C, D = sorted(fingerprint(10**9 + number) for number in range(4))
UNUSED = InvoiceUseWord(0, 0, 0, 0, 0, 0, 0)


def use(*prints: bytes, amount: int = 1_000, cap: int = 1_000) -> InvoiceEntry:
    return InvoiceEntry(cap, amount, prints)


def enter(ledger: Ledger, *entries: InvoiceEntry, currency: int = CNY) -> acts.Claim:
    return acts.register(ledger, acts.claim(invoices=list(entries), currency=currency))


def raw(cap: int, amount: int, *prints: bytes, count: int | None = None) -> bytes:
    """A packed invoice in the order given, with any count."""
    number = len(prints) if count is None else count
    return cap.to_bytes(8) + amount.to_bytes(8) + bytes([number]) + b"".join(prints)


def later(*added: tuple[bytes, ...]) -> bytes:
    return b"".join(bytes([len(prints)]) + b"".join(prints) for prints in added)


# ---------------------------------------------------------------------- using


def test_a_use_is_written_in_all_fingerprints(ledger: Ledger) -> None:
    new = enter(ledger, use(A, B, amount=400), use(C, amount=600, cap=700))
    assert ledger.invoice(A) == ledger.invoice(B)
    assert ledger.invoice(A) == InvoiceUseWord(new.receivable, 1_000, 400, 1, CNY, 0, 2)
    assert ledger.invoice(C) == InvoiceUseWord(new.receivable, 700, 600, 1, CNY, 1, 1)


def test_an_invoice_can_be_used_in_parts_up_to_its_cap(ledger: Ledger) -> None:
    enter(ledger, use(A, amount=400))
    latest = enter(ledger, use(A, amount=600))
    assert ledger.invoice(A) == InvoiceUseWord(latest.receivable, 1_000, 1_000, 2, CNY, 0, 1)


def test_an_invoice_of_several_fingerprints_can_be_used_in_parts_too(ledger: Ledger) -> None:
    enter(ledger, use(A, B, C, amount=400))
    latest = enter(ledger, use(A, B, C, amount=600))
    assert {ledger.invoice(each) for each in (A, B, C)} == {
        InvoiceUseWord(latest.receivable, 1_000, 1_000, 2, CNY, 0, 3)
    }
    with refused("InvoiceOverCap", used=1_100):
        enter(ledger, use(A, B, C, amount=100))


def test_a_second_use_over_the_cap_is_refused(ledger: Ledger) -> None:
    enter(ledger, use(A, amount=400))
    with refused("InvoiceOverCap", fingerprint=A, cap=1_000, used=1_001):
        enter(ledger, use(A, amount=601))


def test_a_first_use_over_the_cap_is_refused(ledger: Ledger) -> None:
    with refused("InvoiceOverCap", cap=999, used=1_000):
        enter(ledger, use(A, cap=999))


def test_uses_near_64_bits_do_not_wrap(ledger: Ledger) -> None:
    top = 2**64 - 1
    enter(ledger, use(A, amount=top, cap=top))
    with refused("InvoiceOverCap", used=top + 100):
        enter(ledger, use(A, amount=100, cap=top))


def test_the_whole_invoice_registers_once(ledger: Ledger) -> None:
    enter(ledger, use(A))
    with refused("InvoiceOverCap"):
        enter(ledger, use(A))


def test_the_cap_and_currency_of_an_invoice_stay(ledger: Ledger) -> None:
    enter(ledger, use(A, amount=400))
    with refused("InvoiceDiffers", fingerprint=A):
        enter(ledger, use(A, amount=400, cap=1_001))
    with refused("InvoiceDiffers"):
        enter(ledger, use(A, amount=400), currency=EUR)


def test_a_later_registration_may_add_fingerprints(ledger: Ledger) -> None:
    enter(ledger, use(B, amount=400))
    latest = enter(ledger, use(A, B, C, amount=600))
    assert {ledger.invoice(each) for each in (A, B, C)} == {
        InvoiceUseWord(latest.receivable, 1_000, 1_000, 2, CNY, 0, 3)
    }


def test_a_fingerprint_left_out_is_noticed(ledger: Ledger) -> None:
    enter(ledger, use(A, B, amount=400))
    with refused("InvoiceDiffers"):
        enter(ledger, use(A, amount=400))
    with refused("InvoiceDiffers"):
        enter(ledger, use(A, C, amount=400))


def test_fingerprints_of_two_invoices_are_not_joined(ledger: Ledger) -> None:
    enter(ledger, use(A, amount=400), use(B, amount=400))
    with refused("InvoiceDiffers", fingerprint=B):
        enter(ledger, use(A, B, amount=400))


def test_one_list_names_an_invoice_once(ledger: Ledger) -> None:
    with refused("InvoiceTwice", fingerprint=A):
        enter(ledger, use(A, amount=400), use(A, amount=400))
    with refused("InvoiceTwice"):
        enter(ledger, use(A, B, amount=400), use(B, C, amount=400))


# ---------------------------------------------------------------------- malformed lists


@pytest.mark.parametrize(
    "packed",
    [
        raw(1_000, 1_000, B, A),
        raw(1_000, 1_000, A, A),
        raw(1_000, 1_000, bytes(32)),
        raw(1_000, 1_000),
        raw(1_000, 1_000, A, count=0),
        raw(1_000, 1_000, A, count=2),
        raw(1_000, 1_000, A)[:-1],
        raw(1_000, 1_000, A) + b"\0",
        raw(1_000, 1_000, A) + raw(1_000, 0, B)[:16],
        raw(1_000, 1_000, A) + raw(1_000, 0, B),
        raw(1_000, 1_000, A, count=255),
    ],
    ids=[
        "descending",
        "repeated",
        "zero fingerprint",
        "no fingerprint",
        "count too low",
        "count too high",
        "cut short",
        "a byte too many",
        "half a head",
        "amount zero",
        "count far too high",
    ],
)
def test_malformed_lists_are_refused(ledger: Ledger, packed: bytes) -> None:
    with refused("InvoicesMalformed"):
        acts.register(ledger, acts.claim(face=1_000, packed=packed))


def test_256_invoices_fit_and_one_more_does_not(ledger: Ledger) -> None:
    many = [acts.invoice(amount=10) for _ in range(257)]
    enter(ledger, *many[:256])
    assert ledger.invoice(many[255].fingerprints[0]).place == 255
    with refused("InvoicesMalformed"):
        enter(ledger, *(acts.invoice(amount=10) for _ in range(257)))


def test_255_fingerprints_fit_one_invoice(ledger: Ledger) -> None:
    prints = tuple(sorted(fingerprint(2 * 10**9 + number) for number in range(255)))
    new = enter(ledger, use(*prints))
    assert ledger.invoice(prints[254]).fingerprints == 255
    acts.decline(ledger, new)
    assert ledger.invoice(prints[254]) == UNUSED


# ---------------------------------------------------------------------- releasing


def test_declining_the_only_use_deletes_the_word(ledger: Ledger) -> None:
    new = enter(ledger, use(A, B, amount=400), use(C, amount=600))
    acts.decline(ledger, new)
    assert {ledger.invoice(each) for each in (A, B, C)} == {UNUSED}
    enter(ledger, use(A, amount=1_000), use(B, C, amount=1_000))


def test_declining_one_of_two_uses_leaves_the_other(ledger: Ledger) -> None:
    first = enter(ledger, use(A, amount=400))
    second = enter(ledger, use(A, amount=600))
    acts.decline(ledger, first)
    assert ledger.invoice(A) == InvoiceUseWord(second.receivable, 1_000, 600, 1, CNY, 0, 1)
    acts.decline(ledger, second)
    assert ledger.invoice(A) == UNUSED


def test_declining_the_latest_use_leaves_the_earlier(ledger: Ledger) -> None:
    enter(ledger, use(A, amount=400))
    second = enter(ledger, use(A, amount=600))
    acts.decline(ledger, second)
    assert (ledger.invoice(A).used, ledger.invoice(A).uses) == (400, 1)
    enter(ledger, use(A, amount=600))


def test_a_confirmed_use_stays_for_good(ledger: Ledger) -> None:
    new = enter(ledger, use(A))
    acts.settle(ledger, acts.confirm(ledger, new))
    with refused("InvoiceOverCap"):
        enter(ledger, use(A, amount=100))


def test_fingerprints_added_later_are_named_when_declining(ledger: Ledger) -> None:
    first = enter(ledger, use(B, amount=400), use(D, amount=200))
    enter(ledger, use(A, B, C, amount=600))
    with refused("InvoicesMismatch"):
        acts.decline(ledger, first)
    acts.decline(ledger, first, later=later((A, C), ()))
    assert ledger.invoice(A) == ledger.invoice(B) == ledger.invoice(C)
    assert (ledger.invoice(A).used, ledger.invoice(A).uses, ledger.invoice(A).fingerprints) == (600, 1, 3)
    assert ledger.invoice(D) == UNUSED


@pytest.mark.parametrize(
    ("list_", "error"),
    [
        (later((A,)), "InvoicesMismatch"),
        (later((A, A)), "InvoiceDiffers"),
        (later((A, B)), "InvoiceDiffers"),
        (later((A, D)), "InvoiceDiffers"),
        (later((A, fingerprint(5))), "InvoiceDiffers"),
        (later((A, C), ()), "InvoicesMalformed"),
        (later((A, C)) + b"\0", "InvoicesMalformed"),
        (later((A, C))[:-1], "InvoicesMalformed"),
        (b"\3" + A + C, "InvoicesMalformed"),
        (b"\2" + A, "InvoicesMalformed"),
    ],
    ids=[
        "one missing",
        "one twice",
        "one named already",
        "one of another invoice",
        "one of no invoice",
        "an invoice too many",
        "a byte too many",
        "a byte short",
        "count too high",
        "count beyond the end",
    ],
)
def test_a_wrong_list_of_later_fingerprints_is_refused(ledger: Ledger, list_: bytes, error: str) -> None:
    first = enter(ledger, use(B, amount=400))
    enter(ledger, use(A, B, C, amount=600), use(D))
    with refused(error):
        acts.decline(ledger, first, later=list_)
    acts.decline(ledger, first, later=later((A, C)))


def test_later_fingerprints_are_listed_for_every_invoice_or_none(ledger: Ledger) -> None:
    first = enter(ledger, use(A, amount=400), use(D))
    enter(ledger, use(A, B, amount=600))
    with refused("InvoicesMalformed"):
        acts.decline(ledger, first, later=later((B,)))


def test_the_invoices_released_are_the_ones_registered(ledger: Ledger) -> None:
    new, other = enter(ledger, use(A)), enter(ledger, use(B))
    with refused("InvoicesMismatch"):
        acts.decline(ledger, acts.Claim(new.terms, other.invoices))


def test_packed_bytes_may_be_followed_by_anything_in_calldata(ledger: Ledger) -> None:
    """What stands behind the list in calldata, the consents, is never read as part of it."""
    short = pack_invoices([use(A)])[:40]
    with refused("InvoicesMalformed"):
        acts.register(ledger, acts.claim(face=1_000, packed=short))
