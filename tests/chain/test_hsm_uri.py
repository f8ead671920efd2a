"""A PKCS#11 URI says which key is meant and never holds a PIN; what is not understood names no key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.hsm.errors import BadKeyUri, HsmPinRefused
from registry.chain.hsm.uri import KeyUri, is_key_uri, parse

MODULE = "module-path=/usr/lib/hsm.so"


def test_a_uri_says_token_key_module_and_where_the_pin_is() -> None:
    assert parse(
        "pkcs11:model=M;manufacturer=Hersteller%20AG;serial=0a%3b1;token=Registry%20keys;object=relay;id=%01%ff;"
        f"type=private?{MODULE}&pin-source=file:///run/secrets/pin%201"
    ) == KeyUri(
        Path("/usr/lib/hsm.so"),
        {"token": "Registry keys", "manufacturer": "Hersteller AG", "serial": "0a;1", "model": "M"},
        "relay",
        b"\x01\xff",
        Path("/run/secrets/pin 1"),
    )


@pytest.mark.parametrize("source", ["/run/pin", "file:/run/pin", "file:///run/pin", "file:%2Frun%2Fpin"])
def test_the_pins_file_is_a_path_or_a_file_uri(source: str) -> None:
    assert parse(f"PKCS11:token=A?{MODULE}&pin-source={source}").pin_file == Path("/run/pin")


def test_a_path_on_the_command_line_takes_a_uri_without_loss() -> None:
    written = f"pkcs11:token=A;object=a%2F%2Fb?{MODULE}&pin-source=file:///run/pin"
    assert parse(str(Path(written))) == parse(written)
    assert is_key_uri(str(Path(written)))
    assert not is_key_uri("keys/pkcs11:own.json")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (f"pkcs11:token=A?{MODULE}&pin-value=987123", "pin-source=file"),
        (f"pkcs11:token=A;pin-value=987123?{MODULE}", "pin-source=file"),
        (f"pkcs11:token=A?{MODULE}&pin-source=|cat%20987123", "no program"),
        (f"pkcs11:token=A?{MODULE}&pin-source=987123", "absolute path"),
        (f"pkcs11:token=A?{MODULE}&pin-source=file://987123/run/pin", "absolute path"),
        ("pkcs11:token=A;object=987123", "module-path"),
        ("pkcs11:token=A?module-path=987123.so", "module-path"),
        ("pkcs11:token=A?module-name=987123", "module-path"),
        (f"pkcs11:token=A;slot-id=987123?{MODULE}", "object"),
        (f"pkcs11:token=A;987123?{MODULE}", "object"),
        (f"pkcs11:token=A;token=987123?{MODULE}", "twice"),
        (f"pkcs11:token=A;type=cert?{MODULE}", "type=private"),
        (f"pkcs11:token=987123%ff?{MODULE}", "UTF-8"),
        (f"pkcs11:token={'987123' * 400}?{MODULE}", "2048"),
        ("keys/987123.json", "pkcs11:"),
    ],
)
def test_what_names_no_key_for_certain_is_refused_and_not_quoted(written: str, says: str) -> None:
    with pytest.raises(BadKeyUri) as refused:
        parse(written)
    assert says in refused.value.detail
    assert "987123" not in refused.value.detail + repr(refused.value.fields)


@given(st.text(max_size=60))
def test_whatever_stands_in_a_uri_it_is_read_or_refused(written: str) -> None:
    try:
        parse(f"pkcs11:token={written}")
        parse(f"pkcs11:{written}?{MODULE}")
    except BadKeyUri:
        return


def test_a_pin_is_read_without_its_lines_end_and_anew_each_time(tmp_path: Path) -> None:
    uri = parse(f"pkcs11:token=A?{MODULE}&pin-source={tmp_path}/pin")
    for content in ("1234", "1234\n", "1234\r\n"):
        (tmp_path / "pin").write_bytes(content.encode())
        assert uri.pin() == "1234"
    (tmp_path / "pin").write_text(" 56 78 ")
    assert uri.pin() == " 56 78 "


@pytest.mark.parametrize("content", [None, b"", b"\n", b"1" * 257, b"\xff"])
def test_a_file_without_a_pin_opens_nothing(tmp_path: Path, content: bytes | None) -> None:
    uri = parse(f"pkcs11:token=A?{MODULE}&pin-source={tmp_path}/pin")
    if content is not None:
        (tmp_path / "pin").write_bytes(content)
    with pytest.raises(HsmPinRefused):
        uri.pin()
