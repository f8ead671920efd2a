"""A time stamp says when an authority saw a block's hash, and says nothing where one bit of it is changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.provenance.model import Check, Outcome, Verdict
from registry.provenance.pack import Pack
from registry.provenance.proving import verify_pack
from registry.provenance.stamps import StampRefused, read_token, request_for, stamped, token_in
from tests.builders.companies import a_root, an_intermediate
from tests.builders.time_stamps import STAMPING, a_clock, a_stamp_authority

AT = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
HASH, OTHER, NONCE = b"\x07" * 32, b"\x08" * 32, b"\x2a" * 8
ROOT = a_root("Zeit-CA")


def test_it_says_who_saw_the_hash_and_when() -> None:
    authority = a_stamp_authority(AT)
    seen = read_token(token_in(authority.answer(request_for(HASH, NONCE)), HASH, NONCE), HASH)
    assert (seen.at, seen.authority) == (AT, "CN=Uhr 1")


def test_a_token_alone_is_taken_as_the_answer_it_came_in_is() -> None:
    authority = a_stamp_authority(AT)
    token = token_in(authority.answer(request_for(HASH, b"")), HASH)
    assert token_in(token, HASH) == token


def test_what_nobody_signed_is_left_out() -> None:
    between = an_intermediate(ROOT)
    lean = replace(a_stamp_authority(AT), clock=a_clock(between), bring=(between,))
    fat = replace(lean, bring=(between, ROOT, a_root("Fremd")), leaves_unsigned=True)
    question = request_for(HASH, b"")
    tokens = [token_in(each.answer(question), HASH) for each in (lean, fat)]
    assert [len(read_token(each, HASH).signer.others) for each in tokens] == [1, 1]
    raw = tsp.TimeStampResp.load(fat.answer(question))["time_stamp_token"].dump()
    with pytest.raises(StampRefused):
        read_token(bytes(raw), HASH)


def test_each_changed_bit_shows() -> None:
    between = an_intermediate(ROOT)
    authority = replace(a_stamp_authority(AT), clock=a_clock(between), bring=(between,))
    token = token_in(authority.answer(request_for(HASH, NONCE)), HASH, NONCE)
    trust = TrustAnchors((ROOT.certificate,))
    assert is_good(token, trust)
    chosen = Random(len(token))
    kept = [
        (place, bit)
        for place, bit in ((place, 1 << chosen.randrange(8)) for place in range(len(token)))
        if is_good(token[:place] + bytes([token[place] ^ bit]) + token[place + 1 :], trust)
    ]
    assert kept == []


def is_good(token: bytes, trust: TrustAnchors) -> bool:
    try:
        seen = read_token(token, HASH)
    except StampRefused:
        return False
    return trust.path(seen.signer.certificate, seen.signer.others, seen.at) is not None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"refuses": True}, "rejection"),
        ({"nonce_of": 1}, "another request"),
        ({"clock": a_clock(ROOT, None)}, "time stamps alone"),
        ({"clock": a_clock(ROOT, STAMPING, is_critical=False)}, "time stamps alone"),
        (
            {"clock": a_clock(ROOT, x509.ExtendedKeyUsage([*STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]))},
            "time stamps alone",
        ),
    ],
    ids=["refused", "nonce", "no usage", "not critical", "another usage"],
)
def test_an_answer_that_is_no_stamp_says_why(change: dict[str, object], why: str) -> None:
    authority = replace(a_stamp_authority(AT), **change)  # type: ignore[arg-type]
    with pytest.raises(StampRefused, match=why):
        token_in(authority.answer(request_for(HASH, NONCE)), HASH, NONCE)


@pytest.mark.parametrize("content", [b"", b"no", b"\x30\x03\x02\x01\x00", b"\x30" * 300, b"\x00" * 70_000])
def test_what_is_no_answer_is_refused(content: bytes) -> None:
    with pytest.raises(StampRefused):
        token_in(content, HASH)


def test_a_stamp_of_another_hash_is_refused() -> None:
    authority = a_stamp_authority(AT)
    with pytest.raises(StampRefused, match="something else"):
        token_in(authority.answer(request_for(OTHER, NONCE)), HASH, NONCE)


def test_what_is_signed_as_something_else_is_no_stamp() -> None:
    with pytest.raises(StampRefused):
        read_token(bytes(a_stamp_authority(AT).signed(b"words", "data").dump()), HASH)


# In a pack


def checked(pack: Pack, at: datetime, *, trust: TrustAnchors = NOBODY) -> tuple[Verdict, Check]:
    """The verdict, and the check of the stamp, of an authority whose clock shows ``at``."""
    block = bytes.fromhex(pack.block.hash[2:])
    token = token_in(a_stamp_authority(at, ROOT).answer(request_for(block, b"")), block)
    found = verify_pack(stamped(pack, token), block=pack.block.hash, trust=trust)
    return found.verdict, next(each for each in found.checks if each.name.startswith("time_stamp"))


@pytest.fixture(scope="module")
def made_at(pack: Pack) -> datetime:
    return datetime.fromtimestamp(verify_pack(pack).at_seconds, UTC)


def test_of_an_authority_one_trusts_it_is_proven(pack: Pack, made_at: datetime) -> None:
    trust = TrustAnchors((ROOT.certificate,))
    verdict, check = checked(pack, made_at + timedelta(seconds=5), trust=trust)
    assert (verdict, check.outcome) == (Verdict.VERIFIED, Outcome.PROVEN)
    assert "nothing in this proof is younger" in check.detail


def test_of_one_that_nobody_named_it_is_that_ones_word(pack: Pack, made_at: datetime) -> None:
    verdict, check = checked(pack, made_at)
    assert (verdict, check.outcome) == (Verdict.VERIFIED, Outcome.CLAIMED)


def test_of_one_that_is_not_trusted_it_leaves_the_proof_incomplete(pack: Pack, made_at: datetime) -> None:
    verdict, check = checked(pack, made_at, trust=TrustAnchors((a_root().certificate,)))
    assert (verdict, check.outcome) == (Verdict.INCOMPLETE, Outcome.NOT_CHECKED)


def test_a_block_stamped_before_it_was_made_is_refused(pack: Pack, made_at: datetime) -> None:
    assert checked(pack, made_at - timedelta(seconds=50))[0] is Verdict.VERIFIED  # clocks differ
    verdict, check = checked(pack, made_at - timedelta(minutes=2))
    assert (verdict, check.name) == (Verdict.REFUSED, "time_stamp_early")


def test_a_stamp_of_another_block_is_refused(pack: Pack, made_at: datetime) -> None:
    token = token_in(a_stamp_authority(made_at).answer(request_for(OTHER, b"")), OTHER)
    found = verify_pack(stamped(pack, token), block=pack.block.hash)
    assert found.verdict is Verdict.REFUSED
    assert [each.name for each in found.of(Outcome.FAILED)] == ["time_stamp"]
