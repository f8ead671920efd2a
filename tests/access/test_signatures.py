"""Reading signed requests: the standard's own examples, and everything that is refused."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from registry.access.algorithms import Algorithm, algorithm_of, is_signed_by_address, is_signed_by_key
from registry.access.errors import ContentDigestWrong, SignatureIncomplete, SignatureMalformed
from registry.access.signatures import Asked, base_of, parse, read
from registry.chain.keys import SigningKey
from tests.access.signing import Draft, by_key, digest
from tests.builders.softhsm import SoftHsm

# RFC 9421, appendix B.1.2 to B.1.4.
RSA_PSS = """MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB"""
ECC_P256 = """MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ=="""
ED25519 = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="

# RFC 9421, appendix B.2: the request that is signed.
BODY = b'{"hello": "world"}'
DIGEST_512 = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
)
REQUEST = (
    ("host", "example.com"),
    ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("content-type", "application/json"),
    ("content-digest", DIGEST_512),
    ("content-length", "18"),
)
B23 = (
    (
        'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length")'
        ';created=1618884473;keyid="test-key-rsa-pss"'
    ),
    (
        "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38"
        "K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCo"
        "C1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FU"
        "o5fTIztsDZKEgM4cUA=="
    ),
)
B24 = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
B26 = (
    (
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    ),
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
)


def public(pem: str) -> object:
    return load_pem_public_key(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----".encode())


def example(written: tuple[str, str]) -> Asked:
    """The standard's request with one of its signatures."""
    label = written[0].partition("=")[0]
    signed = (("signature-input", written[0]), ("signature", f"{label}=:{written[1]}:"))
    return Asked("POST", "https", "/foo", "param=Value&Pet=dog", REQUEST + signed)


# ---------------------------------------------------------------------- the standard's examples


@pytest.mark.parametrize(("written", "key"), [(B23, RSA_PSS), (B26, ED25519)], ids=["B.2.3", "B.2.6"])
def test_the_standards_signed_requests_verify(written: tuple[str, str], key: str) -> None:
    asked = example(written)
    found = parse(asked)
    assert is_signed_by_key(public(key), base_of(asked, found), found.signature)
    other = Asked("PUT", *(getattr(asked, name) for name in ("scheme", "path", "query", "headers")))
    assert not is_signed_by_key(public(key), base_of(other, found), found.signature)  # the control


def test_the_base_of_the_standards_request_is_the_one_it_prints() -> None:
    asked = example(B26)
    assert base_of(asked, parse(asked)).decode().split("\n") == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        (
            '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
            ';created=1618884473;keyid="test-key-ed25519"'
        ),
    ]


def test_the_standards_response_signed_with_ecdsa_verifies() -> None:
    """B.2.4; the registry reads no responses, so that its base is written here as the standard prints it."""
    base = "\n".join(
        [
            '"@status": 200',
            '"content-type": application/json',
            (
                '"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rj'
                "Juahq4l5aGgfLQ==:"
            ),
            '"content-length": 23',
            (
                '"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473'
                ';keyid="test-key-ecc-p256"'
            ),
        ]
    ).encode()
    signature = b64decode(B24)
    assert is_signed_by_key(public(ECC_P256), base, signature)
    assert not is_signed_by_key(public(ECC_P256), base + b" ", signature)
    assert not is_signed_by_key(public(ECC_P256), base, signature + b"\0")
    assert not is_signed_by_key(public(ECC_P256), base, bytes(64))


def test_a_key_has_one_algorithm() -> None:
    found = [algorithm_of(public(one)) for one in (RSA_PSS, ECC_P256, ED25519)]
    assert found == [Algorithm.RSA_PSS, Algorithm.ECDSA_P256, Algorithm.ED25519]


@pytest.mark.parametrize("is_in_token", [False, True])
def test_an_account_signs_the_base_as_wallets_do(soft_hsm: SoftHsm, is_in_token: bool) -> None:
    key, base = soft_hsm.new_key() if is_in_token else SigningKey.create(), b'"@method": GET'
    signature = by_key(key)(base.decode())
    assert is_signed_by_address(key.address.lower(), base, signature)
    assert not is_signed_by_address(SigningKey.create().address, base, signature)
    assert not is_signed_by_address(key.address, base + b" ", signature)
    assert not is_signed_by_address(key.address, base, signature[:64])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = (order - int.from_bytes(signature[32:64])).to_bytes(32)
    assert not is_signed_by_address(key.address, base, signature[:32] + high + bytes([55 - signature[64]]))


# ---------------------------------------------------------------------- what must be there

KEY = SigningKey.create()
URL = "http://registry.example:8420/v1/lots?limit=3"


def draft(**changes: object) -> Draft:
    values: dict[str, object] = {
        "method": "POST",
        "url": URL,
        "now": 1_800_000_000,
        "keyid": "k",
        "body": BODY,
    }
    return Draft(**(values | changes))  # type: ignore[arg-type]


def asked(headers: dict[str, str], **changes: str) -> Asked:
    values = {"method": "POST", "scheme": "http", "path": "/v1/lots", "query": "limit=3"} | changes
    host = values.pop("host", "registry.example:8420")
    return Asked(headers=(("host", host), *headers.items()), **values)


def test_a_request_that_covers_all_it_must_is_read() -> None:
    sent = asked(draft().signed(by_key(KEY)))
    found = read(sent)
    assert (found.keyid, found.created, found.expires, found.alg) == ("k", 1_800_000_000, 1_800_000_060, None)
    assert is_signed_by_address(KEY.address, found.base, found.signature)
    found.require_body(BODY)


@pytest.mark.parametrize(
    "covered",
    [
        ["@method", "@target-uri", "content-digest"],
        ["content-digest", "@query", "@path", "@authority", "@method"],
        ["@method", "@target-uri", "@scheme", "@request-target", "content-digest", "@authority"],
    ],
)
def test_the_target_is_covered_whole_or_in_parts(covered: list[str]) -> None:
    found = read(asked(draft(covered=covered).signed(by_key(KEY))))
    assert is_signed_by_address(KEY.address, found.base, found.signature)


@pytest.mark.parametrize(
    "change", [{"method": "PUT"}, {"path": "/v1/lot"}, {"query": "limit=4"}, {"host": "other.example"}]
)
def test_another_request_has_another_base(change: dict[str, str]) -> None:
    headers = draft().signed(by_key(KEY))
    found = read(asked(headers, **change))
    assert not is_signed_by_address(KEY.address, found.base, found.signature)


def test_the_standard_port_of_a_scheme_is_no_part_of_its_authority() -> None:
    headers = draft(url="http://registry.example/v1/lots?limit=3").signed(by_key(KEY))
    found = read(asked(headers, host="Registry.Example:80"))
    assert is_signed_by_address(KEY.address, found.base, found.signature)
    found = read(asked(headers, host="registry.example:443"))  # the control: it is https's
    assert not is_signed_by_address(KEY.address, found.base, found.signature)


@pytest.mark.parametrize("left_out", ["@method", "@authority", "@path", "@query"])
def test_what_names_the_request_must_be_covered(left_out: str) -> None:
    covered = [
        one for one in ("@method", "@authority", "@path", "@query", "content-digest") if one != left_out
    ]
    with pytest.raises(SignatureIncomplete) as refused:
        read(asked(draft(covered=covered).signed(by_key(KEY))))
    assert refused.value.fields["missing"] == [left_out]


def test_a_query_must_be_covered_only_where_there_is_one() -> None:
    url = "http://registry.example:8420/v1/lots"
    headers = draft(url=url, body=b"", covered=["@method", "@authority", "@path"]).signed(by_key(KEY))
    read(asked(headers, query="")).require_body(b"")
    with pytest.raises(SignatureIncomplete):
        read(asked(headers, query="limit=3"))


@pytest.mark.parametrize("name", ["idempotency-key", "if-match"])
def test_a_header_that_decides_what_is_done_must_be_covered(name: str) -> None:
    headers = draft().signed(by_key(KEY))
    with pytest.raises(SignatureIncomplete):
        read(asked(headers | {name: "a"}))
    read(asked(draft(headers={name: "a"}).signed(by_key(KEY))))  # the control


@pytest.mark.parametrize("name", ["created", "expires", "keyid", "nonce"])
def test_each_parameter_must_be_there(name: str) -> None:
    with pytest.raises(SignatureIncomplete) as refused:
        read(asked(draft(params={name: None}).signed(by_key(KEY))))
    assert refused.value.fields["missing"] == [name]


# ---------------------------------------------------------------------- bodies


def test_a_body_that_no_digest_covers_is_refused() -> None:
    found = read(asked(draft(body=b"").signed(by_key(KEY))))
    found.require_body(b"")
    with pytest.raises(SignatureIncomplete):
        found.require_body(b"{}")


def test_another_body_than_was_signed_is_refused() -> None:
    found = read(asked(draft().signed(by_key(KEY))))
    found.require_body(BODY)
    for other in (b"", BODY + b" "):
        with pytest.raises(ContentDigestWrong):
            found.require_body(other)


@pytest.mark.parametrize(
    "written",
    [
        DIGEST_512,
        "sha-256=:AAAA:",
        "sha-256=1",
        "sha-256",
        "sha-256=()",
        digest(BODY).upper(),
        f"{digest(BODY)}, {digest(b'')}",
        "é",
    ],
)
def test_a_digest_that_cannot_be_compared_is_refused(written: str) -> None:
    with pytest.raises(SignatureMalformed):
        read(asked(draft(headers={"content-digest": written}).signed(by_key(KEY))))
    both = f"{DIGEST_512}, {digest(BODY)}"
    read(asked(draft(headers={"content-digest": both}).signed(by_key(KEY)))).require_body(BODY)  # the control


# ---------------------------------------------------------------------- what nobody should have to guess


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("signature-input", ""),
        ("signature-input", "sig"),
        ("signature-input", "sig=1"),
        ("signature-input", 'sig=("@method"'),
        ("signature-input", "other={input}"),
        ("signature-input", "sig={input}, sig={input}"),
        ("signature-input", "sig={input}, sig2={input}"),
        ("signature-input", "sig={input};created=1"),
        ("signature-input", "sig={input};x=1"),
        ("signature-input", "sig={input};tag=1"),
        ("signature-input", "sig={input}é"),
        ("signature-input", "sig={input};x=@99999999999999"),
        ("signature-input", 'sig={input};tag="' + "a" * 9000 + '"'),
        ("signature", ""),
        ("signature", "sig=1"),
        ("signature", "sig=:AAAA:;x=1"),
        ("signature", "sig=:AA*A:"),
        ("signature", "sig=(:AAAA:)"),
        ("signature", "other=:AAAA:"),
        ("signature", "sig=:AAAA:, sig=:AAAA:"),
    ],
)
def test_fields_that_say_several_things_or_nothing_are_refused(field: str, written: str) -> None:
    headers = draft().signed(by_key(KEY))
    whole = headers["signature-input"].removeprefix("sig=")
    read(asked(headers))  # the control
    with pytest.raises(SignatureMalformed):
        read(asked(headers | {field: written.replace("{input}", whole)}))


@pytest.mark.parametrize(
    "name",
    [
        "@status",
        "@query-param",
        "@signature-params",
        "signature",
        "signature-input",
        "Date",
        "a b",
        "",
        "absent",
    ],
)
def test_a_component_that_is_not_known_or_not_there_is_refused(name: str) -> None:
    covered = ["@method", "@target-uri", "content-digest"]
    read(asked(draft(covered=covered).signed(by_key(KEY))))  # the control
    with pytest.raises(SignatureMalformed):
        read(asked(draft(covered=[*covered, name]).signed(by_key(KEY))))


def test_a_component_is_covered_once_and_without_parameters() -> None:
    with pytest.raises(SignatureMalformed):
        read(
            asked(draft(covered=["@method", "@target-uri", "content-digest", "@method"]).signed(by_key(KEY)))
        )
    headers = draft().signed(by_key(KEY))
    for more in ('"@method";req', '"content-digest";sf', "content-digest", "1"):
        written = headers["signature-input"].replace('"content-digest"', more)
        with pytest.raises(SignatureMalformed):
            read(asked(headers | {"signature-input": written}))


@pytest.mark.parametrize(
    "params",
    [
        {"created": "1800000000"},
        {"created": "?1"},
        {"expires": 1.5},
        {"keyid": 7},
        {"keyid": "k" * 121},
        {"nonce": ""},
        {"nonce": "n" * 65},
        {"alg": 1},
    ],
)
def test_a_parameter_of_another_kind_is_refused(params: dict[str, object]) -> None:
    headers = draft(params=params).signed(by_key(KEY))
    headers["signature-input"] = headers["signature-input"].replace('"?1"', "?1")
    with pytest.raises(SignatureMalformed):
        read(asked(headers))


def test_a_header_in_several_lines_counts_as_one() -> None:
    headers = draft(headers={"x-note": "one, two"}).signed(by_key(KEY))
    sent = [(name, value) for name, value in headers.items() if name != "x-note"]
    lines = (("host", "registry.example:8420"), ("x-note", " one "), ("x-note", "two"), *sent)
    found = read(Asked("POST", "http", "/v1/lots", "limit=3", lines))
    assert is_signed_by_address(KEY.address, found.base, found.signature)


def test_a_second_host_is_refused() -> None:
    headers = draft().signed(by_key(KEY))
    lines = (("host", "registry.example:8420"), ("host", "other.example"), *headers.items())
    with pytest.raises(SignatureMalformed):
        read(Asked("POST", "http", "/v1/lots", "limit=3", lines))


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_whatever_stands_in_the_fields_is_read_or_refused(one: bytes, other: bytes) -> None:
    headers = {"signature-input": one.decode("latin-1"), "signature": other.decode("latin-1")}
    with pytest.raises(SignatureMalformed):
        read(asked(headers))


@given(st.sampled_from('()";=:,@%?*-.aZ0 \\\t'), st.integers(0, 200))
def test_one_character_more_is_read_otherwise_or_refused(more: str, place: int) -> None:
    headers = draft().signed(by_key(KEY))
    written = headers["signature-input"]
    try:
        found = read(asked(headers | {"signature-input": written[:place] + more + written[place:]}))
    except (SignatureMalformed, SignatureIncomplete):
        return
    same = found.base == read(asked(headers)).base
    assert is_signed_by_address(KEY.address, found.base, found.signature) == same


def test_a_signature_is_read_as_it_was_written() -> None:
    headers = draft().signed(lambda _base: b"\x01\x02")
    assert headers["signature"] == f"sig=:{b64encode(bytes([1, 2])).decode()}:"
    assert read(asked(headers)).signature == b"\x01\x02"
