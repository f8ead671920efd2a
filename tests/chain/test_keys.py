"""Keys and signatures: what is no key and no signature is refused, whatever the bytes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.keys import KeystoreMissing, KeystoreRefused, SigningKey, open_keystore, same_address
from registry.chain.typed import recover

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DIGEST = b"\x07" * 32
KEY = SigningKey.from_secret(b"\x01" * 32)


def test_who_signed_is_recovered() -> None:
    signer = recover(DIGEST, KEY.sign_digest(DIGEST))
    assert signer is not None
    assert same_address(signer, KEY.address)


def test_the_high_twin_of_a_signature_is_none() -> None:
    r, s, v = (signature := KEY.sign_digest(DIGEST))[:32], int.from_bytes(signature[32:64]), signature[64]
    assert recover(DIGEST, r + (ORDER - s).to_bytes(32) + bytes([55 - v])) is None


@pytest.mark.parametrize("r", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER // 2])
@pytest.mark.parametrize("v", [0, 26, 27, 28, 29])
def test_a_signature_at_a_boundary_is_nobodys_or_anothers(r: int, s: int, v: int) -> None:
    signer = recover(DIGEST, r.to_bytes(32) + s.to_bytes(32) + bytes([v]))
    assert signer is None or not same_address(signer, KEY.address)


@given(st.binary(max_size=70))
def test_random_bytes_are_nobodys_or_anothers_signature(signature: bytes) -> None:
    signer = recover(DIGEST, signature)
    assert signer is None or not same_address(signer, KEY.address)


@pytest.mark.parametrize("secret", [b"", bytes(32), b"\xff" * 32, b"1" * 31, b"1" * 33, ORDER.to_bytes(32)])
def test_what_is_no_private_key_is_refused(secret: bytes) -> None:
    with pytest.raises(KeystoreRefused):
        SigningKey.from_secret(secret)


def test_a_keystore_opens_with_its_password_only_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys/own.json"
    KEY.save(path, "right")
    assert path.stat().st_mode & 0o077 == 0
    assert open_keystore(path, "right").secret == KEY.secret
    with pytest.raises(KeystoreRefused):
        open_keystore(path, "wrong")
    with pytest.raises(KeystoreRefused):
        SigningKey.create().save(path, "right")
    assert open_keystore(path, "right").secret == KEY.secret


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 1}', '{"version": 3, "crypto": {}}'])
def test_what_is_no_keystore_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(text)
    with pytest.raises(KeystoreRefused):
        open_keystore(path, "")
    with pytest.raises(KeystoreMissing):
        open_keystore(tmp_path / "nowhere.json", "")
