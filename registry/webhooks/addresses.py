"""Where messages may go: the whole internet, and nothing that is nearer.

A party names the URL, and the server asks it from within its own network: whatever stands there unprotected, a
database's console or a cloud's metadata, would be within the party's reach.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from registry.webhooks.errors import WebhookUrlRefused

MAX_URL_CHARS = 500
_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
# Strictly what is needed: what two programs may read in two ways is in no URL here.
_PRINTABLE = re.compile(r"[!-~]+")
# What the standard library calls global on some versions, and is not for this: 6to4's relays, future use.
_NO_HOST_V4 = tuple(map(ip_network, ("0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4")))
# Of IPv6 only what is handed out to hosts (RFC 4291), without what leads to an IPv4 address by another way (Teredo,
# 6to4; NAT64, mapped and compatible addresses lie outside of it) or is for documents.
_HOSTS_V6 = ip_network("2000::/3")
_NO_HOST_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


@dataclass(frozen=True)
class Target:
    """A URL in its parts; ``host`` a name or an address without brackets, ``path`` with its query."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.is_secure else "http"] else f"{host}:{self.port}"


def target(url: str, *, allows_loopback: bool = False) -> Target:
    """Read a URL and refuse what can be refused by its looks. ``allows_loopback``, for development: this machine too,
    without TLS as well, which is for nothing else.

    Raises WebhookUrlRefused.
    """
    if len(url) > MAX_URL_CHARS or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise WebhookUrlRefused(f"A webhook's URL has at most {MAX_URL_CHARS} printable ASCII characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookUrlRefused("That is no URL such as https://example.com/hooks.") from None
    literal = _literal(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and allows_loopback):
        raise WebhookUrlRefused("A webhook's URL begins with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookUrlRefused("A webhook's URL has neither user nor password nor fragment.")
    is_bracketed = parts.netloc.startswith("[")
    is_host = literal is not None or _NAME.fullmatch(host)
    if port == 0 or not is_host or is_bracketed != isinstance(literal, IPv6Address):
        raise WebhookUrlRefused("That is no URL such as https://example.com/hooks.")
    found = Target(
        parts.scheme == "https", host, port or _PORTS[parts.scheme], _path(parts.path, parts.query)
    )
    if literal is not None and not may_reach(host, found, allows_loopback=allows_loopback):
        raise WebhookUrlRefused(f"{host} is no address on the internet.")
    return found


def may_reach(address: str, of: Target, *, allows_loopback: bool = False) -> bool:
    """Whether a connection to this address may be made for a URL."""
    found = _literal(address)
    if found is None:
        return False
    if found.is_loopback and allows_loopback:
        return True
    return of.is_secure and _is_global(found)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in each for each in _NO_HOST_V4)
    return (
        address.scope_id is None and address in _HOSTS_V6 and not any(address in each for each in _NO_HOST_V6)
    )


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")
