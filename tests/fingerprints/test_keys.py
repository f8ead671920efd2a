import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints import voprf
from registry.fingerprints.keys import BadKeyFile, FingerprintKey, KeyFileExists, fingerprint_input
from registry.kit.errors import BadInput

KEY = FingerprintKey.create(seed=b"\x07" * 32)


def test_a_seed_always_gives_the_same_key():
    assert FingerprintKey.create(seed=b"\x07" * 32) == KEY
    assert FingerprintKey.create() != FingerprintKey.create()


def test_a_fingerprint_is_the_first_half_of_the_output():
    message = fingerprint_input(1, "party", "CN", "91330200MA2XXXXXXX")
    assert KEY.fingerprint("party", "CN", "91330200MA2XXXXXXX") == voprf.evaluate(KEY.secret, message)[:32]


def test_a_fingerprint_depends_on_key_version_and_domain():
    found = {
        KEY.fingerprint("party", "1"),
        KEY.fingerprint("invoice", "1"),
        FingerprintKey(2, KEY.secret).fingerprint("party", "1"),
        FingerprintKey.create(seed=bytes(32)).fingerprint("party", "1"),
    }
    assert len(found) == 4


def test_an_outsider_obtains_the_entry_by_asking_blind():
    message = fingerprint_input(1, "party", "DE", "136695976")
    asked = voprf.blind(message)
    answered, proof = KEY.evaluate_blinded([asked.element])
    [output] = voprf.finalize([message], [asked], answered, proof, KEY.public)
    assert output[:32] == KEY.fingerprint("party", "DE", "136695976")


parts = st.lists(st.text(max_size=8), min_size=1, max_size=4).map(tuple)


@given(one=parts, other=parts)
def test_fields_never_run_together(one, other):
    assert (fingerprint_input(1, *one) == fingerprint_input(1, *other)) == (one == other)


def test_a_key_comes_back_from_its_file(tmp_path):
    path = tmp_path / "fingerprint-key.json"
    KEY.save(path)
    assert FingerprintKey.load(path) == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path):
    path = tmp_path / "fingerprint-key.json"
    KEY.save(path)
    with pytest.raises(KeyFileExists):
        FingerprintKey.create().save(path)
    assert FingerprintKey.load(path) == KEY


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version":1,"secret":"zz"}', "null"])
def test_a_damaged_key_file_is_refused(tmp_path, text):
    path = tmp_path / "fingerprint-key.json"
    path.write_text(text)
    with pytest.raises(BadKeyFile):
        FingerprintKey.load(path)


def test_a_key_file_with_a_foreign_public_key_is_refused(tmp_path):
    path = tmp_path / "fingerprint-key.json"
    KEY.save(path)
    path.write_text(
        path.read_text().replace(KEY.public.hex(), FingerprintKey.create(seed=bytes(32)).public.hex())
    )
    with pytest.raises(BadKeyFile):
        FingerprintKey.load(path)


def test_the_secret_is_not_shown():
    assert KEY.secret.hex() not in repr(KEY)
    assert str(KEY.secret) not in repr(KEY)


def test_what_is_too_long_for_a_fingerprint_is_refused():
    with pytest.raises(BadInput):
        KEY.fingerprint("party", "x" * 70_000)
