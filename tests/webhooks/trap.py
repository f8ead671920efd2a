"""A receiver of tests: a server on this machine that says what it is told to and remembers who came."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
Talk = Callable[[socket.socket], None]


@dataclass
class Trap:
    """``requests``: what each caller sent, whole; ``names``: what each asked for by TLS; ``comers``: how many came."""

    port: int
    talk: Talk
    comers: int = 0
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1", scheme: str = "http", path: str = "/hooks") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def says(answer: bytes) -> Talk:
    return lambda connection: connection.sendall(answer)


def ever(first: bytes, again: bytes) -> Talk:
    """Something first, and something else until the caller has enough."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(again)

    return talk


@contextmanager
def a_trap(talk: Talk | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        trap = Trap(listening.getsockname()[1], talk or says(TAKEN))
        if tls is not None:
            tls.sni_callback = lambda _s, name, _c: trap.names.append(name)
        thread = Thread(target=_serve, args=(listening, trap, tls), daemon=True)
        thread.start()
        try:
            yield trap
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _serve(listening: socket.socket, trap: Trap, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        trap.comers += 1
        with suppress(OSError), connection:  # whoever hangs up early is no failure of the test
            connection.settimeout(10)
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            with spoken:
                trap.requests.append(_read(spoken))
                trap.talk(spoken)


def _read(connection: socket.socket) -> bytes:
    """Head and as much body as it announces."""
    got = b""
    while b"\r\n\r\n" not in got:
        some = connection.recv(65_536)
        if not some:
            return got
        got += some
    head, _, body = got.partition(b"\r\n\r\n")
    sizes = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    while len(body) < int(sizes[0]):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of that name has, and what a client has that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(encoded + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))
