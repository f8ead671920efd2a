"""What is refused by its looks, and which addresses a connection may be made to."""

import pytest

from registry.webhooks.addresses import Target, may_reach, target
from registry.webhooks.errors import WebhookUrlRefused

SECURE = Target(is_secure=True, host="example.com", port=443, path="/")
PLAIN = Target(is_secure=False, host="localhost", port=80, path="/")

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.9.10", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "224.0.1.1", "233.252.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378::1",
    "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fec0::1", "ff02::1", "ff0e::1", "2606:4700::1%1",
]  # fmt: skip
OUTSIDE = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_within_is_reached(address: str) -> None:
    assert not may_reach(address, SECURE)


@pytest.mark.parametrize("address", OUTSIDE)
def test_control_an_address_on_the_internet_is_reached(address: str) -> None:
    assert may_reach(address, SECURE)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com/hooks",
        "https://",
        "https:///hooks",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com/#part",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/a b",
        "https://example.com/\r\nHost: other",
        "https://exämple.com/",
        "https://example..com/",
        "https://-example.com/",
        "https://example.com./",
        "https://[::1/",
        "https://[v1.fe80]/",
        "https://127.0.0.1/",
        "https://10.0.0.1:8443/admin",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data",
        "https://example.com/" + "a" * 500,
    ],
)
def test_a_url_that_is_none_or_leads_within_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        target(url)


@pytest.mark.parametrize(
    ("url", "authority", "port", "path"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("https://Hooks.Example.com:8443/a/b?c=d&e", "hooks.example.com:8443", 8443, "/a/b?c=d&e"),
        ("https://xn--exmple-cua.com/", "xn--exmple-cua.com", 443, "/"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
        ("https://[2606:4700::1111]:444/x", "[2606:4700::1111]:444", 444, "/x"),
    ],
)
def test_control_a_url_on_the_internet_is_read(url: str, authority: str, port: int, path: str) -> None:
    found = target(url)
    assert (found.authority, found.port, found.path) == (authority, port, path)


def test_for_development_this_machine_is_reached_without_tls_and_nothing_else_is() -> None:
    assert target("http://127.0.0.1:9000/", allows_loopback=True).port == 9000
    assert target("http://localhost:9000/", allows_loopback=True).port == 9000
    assert may_reach("127.0.0.1", PLAIN, allows_loopback=True)
    assert may_reach("::1", SECURE, allows_loopback=True)
    for address in [*OUTSIDE, "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"]:
        assert not may_reach(address, PLAIN, allows_loopback=True)
    for url in ("http://8.8.8.8/", "http://10.0.0.1/", "https://10.0.0.1/", "ftp://localhost/"):
        with pytest.raises(WebhookUrlRefused):
            target(url, allows_loopback=True)
