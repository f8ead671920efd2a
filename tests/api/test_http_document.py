"""What the API says of itself: the OpenAPI document, and typed data that any wallet takes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from api.auth.access import OPEN
from api.deps import wait_seconds
from api.signing import wallet_ready
from api.v1.fields import checksum
from api.v1.routes import AREAS
from api.v1.strict import StrictRoute
from registry.chain import messages, statements
from registry.chain.messages import Domain, Signed
from tests.api.http_world import PROBLEM, Http

DOMAIN = Domain(8420, "0x" + "c0" * 20)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_says_what_it_does_and_how_it_refuses(http: Http) -> None:
    found = list(_operations(http.document))
    assert len({operation["operationId"] for _, _, operation in found}) == len(found)
    for path, _, operation in found:
        assert operation["summary"]
        assert operation["tags"]
        if path.startswith("/v1"):
            assert {"400", "401", "413", "421", "422", "500", "503"} <= set(operation["responses"]), path
        for number, response in operation["responses"].items():
            assert response["description"]
            if int(number) >= 400:
                assert list(response["content"]) == [PROBLEM], (path, number)
            elif path.endswith(".csv"):
                assert list(response["content"]) == ["text/csv"]
            else:
                assert set(response["content"]) - {"text/csv"} == {"application/json"}, (path, number)


def test_every_operation_of_v1_demands_the_token(http: Http) -> None:
    for path, method, operation in _operations(http.document):
        is_guarded = path.startswith("/v1")
        assert bool(operation.get("security")) is is_guarded
        if is_guarded and operation["operationId"] not in OPEN:
            answer = http.client.request(method.upper(), re.sub(r"\{\w+\}", "1", path))
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_every_reference_of_the_document_resolves(http: Http) -> None:
    schemas = http.document["components"]["schemas"]
    named = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(http.document))
    assert set(named) <= set(schemas)
    assert "HTTPValidationError" not in schemas


def test_every_request_body_is_closed(http: Http) -> None:
    schemas = http.document["components"]["schemas"]
    for _, _, operation in _operations(http.document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert schemas[name]["additionalProperties"] is False


def _examples() -> list[Signed]:
    """Each signed message twice: with the largest values its types hold, and with the smallest."""
    kinds = sorted(Signed.__subclasses__(), key=lambda kind: kind.__name__)
    return [kind(*_values(kind, is_large)) for kind in kinds for is_large in (True, False)]


def _values(kind: type[messages.Message], is_large: bool) -> list[Any]:
    return [_value(member["type"], is_large) for member in kind.members()]


def _value(kind: str, is_large: bool) -> Any:
    if kind.endswith("[]"):
        return tuple(_value(kind.removesuffix("[]"), is_large) for _ in range(2))
    if kind in ("Terms", "Move", "Payment", "PaymentAccount"):
        part: type[messages.Message] = getattr(statements if kind == "PaymentAccount" else messages, kind)
        return part(*_values(part, is_large))
    if kind.startswith("uint"):
        return 2 ** int(kind.removeprefix("uint")) - 1 if is_large else 0
    large, small = {
        "bytes32": (b"\xff" * 32, bytes(32)),
        "address": ("0x" + "fe" * 20, "0x" + "00" * 20),
        "bool": (True, False),
        "string": ('债权 "x"', ""),
    }[kind]
    return large if is_large else small


@pytest.mark.parametrize("message", _examples(), ids=lambda message: type(message).__name__)
def test_typed_data_means_the_same_to_a_wallet_after_json(message: Signed) -> None:
    typed = json.loads(json.dumps(wallet_ready(message.typed_data(DOMAIN, 2**40 - 1))))
    encoded = encode_typed_data(full_message=typed)
    digest = keccak(b"\x19" + encoded.version + encoded.header + encoded.body)
    assert digest == message.digest(DOMAIN, 2**40 - 1)
    assert all(abs(number) < 2**53 for number in _numbers(typed))


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _numbers(one)
    elif isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, int):
        yield value


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("", 0),
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ('WAIT = "7" ; a=b', 7),
        ("wait=99", 30),
        ("await=5", 0),
        ("wait=-1", 0),
        ("wait=5s", 0),
        ("handling=strict; wait=5", 0),
    ],
)
def test_a_wish_to_wait_is_read_and_a_malformed_one_ignored(prefer: str, seconds: int) -> None:
    assert wait_seconds(prefer) == seconds


def test_addresses_are_spelled_as_eip_55_does() -> None:
    spelled = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's own example
    assert checksum(spelled.lower()) == checksum("0x" + spelled[2:].upper()) == checksum(spelled) == spelled
    with pytest.raises(ValueError, match="EIP-55"):
        checksum(spelled.replace("aA", "Aa"))


def test_every_operation_of_v1_reads_bodies_strictly() -> None:
    routes = [route for area in AREAS for route in area.router.routes]
    assert len(routes) > 60
    assert all(isinstance(route, StrictRoute) for route in routes)
