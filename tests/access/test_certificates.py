"""Which certificates sign requests, and how their revocation is found out: whoever cannot be shown to be good is not."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from registry.access.certificates import Authorities, Bundle
from registry.access.errors import BadCertificate, CertificateRefused, RevocationUnknown
from registry.invoices.verification.trust import TrustAnchors
from tests.access.certifying import KEYS, NOW, a_bundle, a_client, a_list, an_authority
from tests.invoices.verification.signing import FROM

ROOT = an_authority()
BETWEEN = an_authority("Zwischenstelle", by=ROOT)
CLIENT = a_client(ROOT)
OTHER = a_client(ROOT)
USAGE = dict.fromkeys(
    ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
     "encipher_only", "decipher_only"), False)  # fmt: skip


def trusting(*lists: Path) -> Authorities:
    return Authorities(TrustAnchors((ROOT.certificate,)), *lists)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A folder where the authority's list names nobody."""
    (tmp_path / "root.crl").write_bytes(a_list(ROOT))
    return tmp_path


# ---------------------------------------------------------------------- which can sign


@pytest.mark.parametrize("alg", KEYS)
def test_a_certificate_signs_with_its_keys_algorithm(alg: str) -> None:
    bundle = a_bundle(a_client(ROOT, alg))
    assert bundle.algorithm == alg
    trusting().require(bundle, NOW)
    assert Bundle.read(bundle.pem) == bundle


@pytest.mark.parametrize(
    "written", ["", "no PEM", ROOT.pem.decode().replace("A", "B"), "é", CLIENT.pem.decode()[:200]]
)
def test_what_is_no_certificate_is_refused(written: str) -> None:
    with pytest.raises(BadCertificate):
        Bundle.read(written)


def test_an_authoritys_certificate_signs_no_requests_and_neither_do_other_keys() -> None:
    for unfit in (
        ROOT,
        a_client(ROOT, key=ec.generate_private_key(ec.SECP384R1())),
        a_client(ROOT, key=ec.generate_private_key(ec.SECP256K1())),
        a_client(ROOT, key=rsa.generate_private_key(65537, 1024)),
        a_client(
            ROOT, extensions=(x509.KeyUsage(digital_signature=False, **USAGE | {"key_agreement": True}),)
        ),
        a_client(ROOT, extensions=(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),)),
    ):
        with pytest.raises(BadCertificate):
            a_bundle(unfit)
    with pytest.raises(BadCertificate):
        a_bundle(CLIENT, *[BETWEEN] * 5)
    usage = x509.KeyUsage(digital_signature=True, **USAGE)
    a_bundle(a_client(ROOT, extensions=(usage, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))))


# ---------------------------------------------------------------------- whom the operator trusts


def test_a_certificate_leads_to_an_authority_the_operator_trusts() -> None:
    below = a_client(BETWEEN)
    trusting().require(a_bundle(below, BETWEEN), NOW)
    stranger = an_authority()  # of the same name
    for unknown in (a_bundle(below), a_bundle(a_client(stranger)), a_bundle(a_client(stranger), stranger)):
        with pytest.raises(CertificateRefused):
            trusting().require(unknown, NOW)
    with pytest.raises(CertificateRefused):
        Authorities(TrustAnchors()).require(a_bundle(CLIENT), NOW)


def test_a_certificate_is_good_from_its_first_day_to_its_last() -> None:
    bundle = a_bundle(a_client(ROOT, until=NOW))
    trusting().require(bundle, NOW)
    for at in (FROM - timedelta(days=1), NOW + timedelta(seconds=1)):
        with pytest.raises(CertificateRefused):
            trusting().require(bundle, at)


# ---------------------------------------------------------------------- revoked


def test_a_revoked_certificate_is_refused_and_others_of_its_authority_are_not(lists: Path) -> None:
    trusting(lists).require(a_bundle(CLIENT), NOW)
    (lists / "root.crl").write_bytes(a_list(ROOT, CLIENT))
    with pytest.raises(CertificateRefused):
        trusting(lists).require(a_bundle(CLIENT), NOW)
    trusting(lists).require(a_bundle(OTHER), NOW)


def test_a_revoked_certificate_between_takes_those_below_with_it(lists: Path) -> None:
    bundle = a_bundle(a_client(BETWEEN), BETWEEN)
    (lists / "between.der").write_bytes(x509.load_pem_x509_crl(a_list(BETWEEN)).public_bytes(Encoding.DER))
    trusting(lists).require(bundle, NOW)
    (lists / "root.crl").write_bytes(a_list(ROOT, BETWEEN))
    with pytest.raises(CertificateRefused):
        trusting(lists).require(bundle, NOW)


@pytest.mark.parametrize("at", [NOW + timedelta(days=6), NOW + timedelta(days=8), NOW - timedelta(days=2)])
def test_a_list_that_is_not_in_force_lets_nobody_in(lists: Path, at: object) -> None:
    trusting(lists).require(a_bundle(CLIENT), NOW)
    with pytest.raises(RevocationUnknown):
        trusting(lists).require(a_bundle(CLIENT), at)  # type: ignore[arg-type]


STRANGER = an_authority()
MUTE = an_authority("Ohne Sperrliste", by=ROOT, signs_lists=False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no list",
        a_list(STRANGER),
        a_list(ROOT, key=STRANGER.key),
        a_list(BETWEEN),
        a_list(ROOT, extension=x509.DeltaCRLIndicator(1)),
        a_list(
            ROOT,
            extension=x509.IssuingDistributionPoint(None, None, True, False, None, False, False),
        ),
    ],
    ids=["empty", "no list", "another's", "another's key", "another name", "a delta", "a part"],
)
def test_a_list_that_does_not_speak_for_the_issuer_lets_nobody_in(lists: Path, content: bytes) -> None:
    trusting(lists).require(a_bundle(CLIENT), NOW)  # the control
    (lists / "root.crl").write_bytes(content)
    with pytest.raises(RevocationUnknown):
        trusting(lists).require(a_bundle(CLIENT), NOW)


def test_an_authority_that_may_not_sign_lists_has_none(lists: Path) -> None:
    (lists / "mute.crl").write_bytes(a_list(MUTE))
    with pytest.raises(RevocationUnknown):
        trusting(lists).require(a_bundle(a_client(MUTE), MUTE), NOW)


def test_without_its_folder_or_its_list_nobody_comes_in(lists: Path) -> None:
    with pytest.raises(RevocationUnknown):
        trusting(lists / "none").require(a_bundle(CLIENT), NOW)
    (lists / "root.crl").unlink()
    with pytest.raises(RevocationUnknown):
        trusting(lists).require(a_bundle(CLIENT), NOW)


def test_of_several_lists_each_counts_and_a_renewed_one_is_read_anew(lists: Path) -> None:
    (lists / "older.crl").write_bytes(a_list(ROOT, CLIENT, at=NOW - timedelta(days=1)))
    with pytest.raises(CertificateRefused):
        trusting(lists).require(a_bundle(CLIENT), NOW)
    (lists / "older.crl").unlink()
    later = NOW + timedelta(days=7)
    with pytest.raises(RevocationUnknown):
        trusting(lists).require(a_bundle(CLIENT), later)
    (lists / "root.crl").write_bytes(a_list(ROOT, at=later))
    os.utime(lists / "root.crl", (1, 1))
    trusting(lists).require(a_bundle(CLIENT), later)
