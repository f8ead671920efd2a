"""A time-stamping authority (RFC 3161), made on the spot, in the process or behind HTTP on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.builders.certificates import issued
from tests.builders.companies import a_root, der
from tests.invoices.verification.signing import Person

REJECTION = bytes.fromhex("30053003020102")  # a status of 2, and no token
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


def a_clock(
    by: Person, usage: x509.ExtendedKeyUsage | None = STAMPING, *, is_critical: bool = True
) -> Person:
    """A key for time stamps and its certificate."""
    extensions = [] if usage is None else [(usage, is_critical)]
    return issued({NameOID.COMMON_NAME: "Uhr 1"}, ec.generate_private_key(ec.SECP256R1()), by, extensions)


@dataclass
class StampAuthority:
    """``at``: what its clock shows; ``bring``: certificates it sends along besides its own."""

    clock: Person
    at: datetime
    bring: tuple[Person, ...] = ()
    refuses: bool = False
    nonce_of: int | None = None
    leaves_unsigned: bool = False

    def answer(self, question: bytes) -> bytes:
        if self.refuses:
            return REJECTION
        asked = tsp.TimeStampReq.load(question)
        info = {
            "version": "v1",
            "policy": "1.2.3.4.1",
            "message_imprint": asked["message_imprint"],
            "serial_number": 1,
            "gen_time": self.at.replace(microsecond=0),
        }
        nonce = asked["nonce"].native if self.nonce_of is None else self.nonce_of
        held = tsp.TSTInfo(info | ({} if nonce is None else {"nonce": nonce}))
        token = self.signed(held.dump())
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def signed(self, held: bytes, kind: str = "tst_info") -> cms.ContentInfo:
        own = asn1.Certificate.load(der(self.clock)[0])
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": [kind]},
                {"type": "message_digest", "values": [sha256(held)]},
                {
                    "type": "signing_certificate_v2",
                    "values": [
                        {
                            "certs": [
                                {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": sha256(own.dump())}
                            ]
                        }
                    ],
                },
            ]
        )
        signature = self.clock.key.sign(attributes.dump(), ec.ECDSA(SHA256()))
        info: dict[str, Any] = {
            "version": "v1",
            "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signature,
        }
        if self.leaves_unsigned:
            info["unsigned_attrs"] = [{"type": "content_type", "values": ["data"]}]
        data = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": kind, "content": cms.ParsableOctetString(held)},
                "certificates": [asn1.Certificate.load(each) for each in der(self.clock, *self.bring)],
                "signer_infos": [info],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": data})


def a_stamp_authority(at: datetime, root: Person | None = None) -> StampAuthority:
    return StampAuthority(a_clock(root or a_root("Zeit-CA")), at.astimezone(UTC))


def sha256(content: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(content)
    return digest.finalize()


@contextmanager
def served(authority: StampAuthority, status: int = 200) -> Iterator[str]:
    """The authority's URL on loopback."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            if status == 200 and self.headers["Content-Type"] == "application/timestamp-query":
                self.wfile.write(authority.answer(question))

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Desk) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa"
        finally:
            server.shutdown()
