"""A party names the URL: whatever it names, the server's own network is not reached, and no time is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore
import pytest

from registry.webhooks.posting import HttpPost, Reply, look_up
from tests.webhooks.trap import Trap, a_trap, certificate, ever, says

HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}
PUBLIC = "93.184.215.14"


@pytest.fixture
def trap() -> Iterator[Trap]:
    with a_trap() as opened:
        yield opened


@pytest.fixture
def dialed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were connected to, none of which answers."""
    found: list[str] = []

    def connect_tcp(_self: object, host: str, *_: Any) -> httpcore.NetworkStream:
        found.append(host)
        raise httpcore.ConnectError("nobody there")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return found


def here(**how: Any) -> HttpPost:
    """As in development: this machine may be reached."""
    return HttpPost(**{"allows_loopback": True, "seconds": 10, **how})


# ---------------------------------------------------------------- what is not reached


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_this_machine_is_reached(trap: Trap, host: str, scheme: str) -> None:
    reply = HttpPost(seconds=10)(trap.url(host, scheme), HEADERS, b"{}")
    assert reply.status_code is None
    assert reply.failure
    assert trap.comers == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
def test_control_the_trap_is_there_for_whoever_may_reach_it(trap: Trap, host: str) -> None:
    assert here(resolve=lambda *_: ["127.0.0.1"])(trap.url(host), HEADERS, b"{}").status_code == 204
    assert trap.comers == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.0.0.7"], ["169.254.169.254"], ["100.64.1.1"], ["::1"], ["::ffff:127.0.0.1"], ["fd00::1"],
        ["fe80::1%eth0"], ["64:ff9b::a00:7"], ["0.0.0.0"], ["224.0.0.1"],
        [PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, PUBLIC, PUBLIC, "10.0.0.7"], [], ["not an address"],
    ],
)  # fmt: skip
def test_a_name_that_leads_within_is_not_followed_even_where_it_leads_outside_too(
    dialed: list[str], addresses: list[str]
) -> None:
    reply = HttpPost(resolve=lambda *_: addresses)("https://hooks.example/", HEADERS, b"{}")
    assert reply == Reply(None, "hooks.example leads to no address on the internet.")
    assert dialed == []


def test_a_name_is_looked_up_once_so_that_leading_elsewhere_a_moment_later_does_not_help(
    dialed: list[str],
) -> None:
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    HttpPost(resolve=rebinding)("https://hooks.example:8443/", HEADERS, b"{}")
    assert dialed == [PUBLIC]
    assert asked == [("hooks.example", 8443)]
    # The control: who asks again is led within.
    assert rebinding("hooks.example", 8443) == ["127.0.0.1"]


def test_of_many_addresses_three_are_tried(dialed: list[str]) -> None:
    many = [f"93.184.215.{each}" for each in range(1, 9)]
    reply = HttpPost(resolve=lambda *_: many)("https://hooks.example/", HEADERS, b"{}")
    assert dialed == many[:3]
    assert reply == Reply(None, "It cannot be reached.")


def test_without_tls_nothing_outside_is_reached_in_development_either(dialed: list[str]) -> None:
    reply = here(resolve=lambda *_: [PUBLIC])("http://hooks.example/", HEADERS, b"{}")
    assert reply.status_code is None
    assert dialed == []


def test_a_redirect_is_not_followed(trap: Trap) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {trap.url()}\r\nContent-Length: 0\r\n\r\n".encode()
    with a_trap(says(answer)) as first:
        assert here()(first.url(), HEADERS, b"{}").status_code == 302
        assert first.comers == 1
    assert trap.comers == 0


def test_no_proxy_of_the_environment_is_asked(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_trap() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(path=""))
            monkeypatch.setenv(name.lower(), proxy.url(path=""))
        assert here()(trap.url(), HEADERS, b"{}").status_code == 204
        assert (proxy.comers, trap.comers) == (0, 1)


# ---------------------------------------------------------------- what is sent


def test_the_message_goes_out_as_it_is_with_its_headers(trap: Trap) -> None:
    assert here()(trap.url(path="/a?b=c"), HEADERS, b'{"type":"x"}') == Reply(204)
    (sent,) = trap.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST /a?b=c HTTP/1.1"
    assert {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines} == {
        "host": f"127.0.0.1:{trap.port}",
        "content-type": "application/json",
        "content-length": "12",
        "connection": "close",
        "webhook-id": "msg_1",
    }
    assert body == b'{"type":"x"}'


def test_the_name_is_kept_for_tls_and_host_while_the_address_is_pinned(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "hooks.example")
    with a_trap(tls=server) as trap:
        post = here(resolve=lambda *_: ["127.0.0.1"], tls=client)
        assert post(trap.url("hooks.example", "https"), HEADERS, b"{}").status_code == 204
        assert trap.names == ["hooks.example"]
        assert f"host: hooks.example:{trap.port}".encode() in trap.requests[0].lower()


def test_another_names_certificate_is_not_taken(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "other.example")
    with a_trap(tls=server) as trap:
        post = here(resolve=lambda *_: ["127.0.0.1"], tls=client)
        reply = post(trap.url("hooks.example", "https"), HEADERS, b"{}")
        assert reply == Reply(None, "Its certificate is not good for its name.")
        assert trap.requests == []


def test_a_certificate_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path, "hooks.example")
    with a_trap(tls=server) as trap:
        reply = here(resolve=lambda *_: ["127.0.0.1"])(trap.url("hooks.example", "https"), HEADERS, b"{}")
        assert reply == Reply(None, "Its certificate is not good for its name.")


# ---------------------------------------------------------------- what receivers do


def test_an_answer_drawn_out_byte_by_byte_ends_with_the_time() -> None:
    for talk in (
        ever(b"HTTP/1.1 200 OK\r\nX: ", b""),
        ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ):
        with a_trap(talk) as trap:
            reply = here(seconds=0.3)(trap.url(), HEADERS, b"{}")
            assert reply == Reply(None, "It did not answer within 0.3 s.")


def test_of_an_endless_answer_no_more_is_read_than_a_little() -> None:
    endless = ever(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"
    )
    with a_trap(endless) as trap:
        assert here()(trap.url(), HEADERS, b"{}") == Reply(200)


def test_nothing_of_what_a_receiver_says_is_shown() -> None:
    with a_trap(says(b"HTTP/1.1 500 the password is hunter2\r\nContent-Length: 7\r\n\r\nhunter2")) as trap:
        assert here()(trap.url(), HEADERS, b"{}") == Reply(500)
    with a_trap(says(b"SSH-2.0-OpenSSH_9.7 hunter2\r\n\r\n")) as trap:
        assert here()(trap.url(), HEADERS, b"{}") == Reply(None, "Its answer is no HTTP.")


def test_who_does_not_listen_cannot_be_reached(trap: Trap) -> None:
    with a_trap() as gone:
        url = gone.url()
    assert here()(url, HEADERS, b"{}") == Reply(None, "It cannot be reached.")
    assert here()(trap.url("127.0.0.1", "https"), HEADERS, b"{}").status_code is None


def test_a_receiver_may_say_when_to_come_again() -> None:
    for value, seconds in ((b"120", 120), (b"Wed, 21 Oct 2026 07:28:00 GMT", 0), (b"-5", 0), (b"9" * 40, 0)):
        answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: " + value + b"\r\n\r\n"
        with a_trap(says(answer)) as trap:
            assert here()(trap.url(), HEADERS, b"{}") == Reply(503, retry_after_s=seconds)


def test_a_name_without_an_address_is_said_to_have_none() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        return list(look_up("nowhere.invalid", 443))

    assert HttpPost(resolve=unknown)("https://nowhere.invalid/", HEADERS, b"{}") == Reply(
        None, "Its name has no address."
    )
