"""Keys in a token: found by name, used to sign, shown, made. Their secrets stay where they are."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_utils.address import to_checksum_address
from pkcs11 import (
    Attribute,
    KeyType,
    Mechanism,
    MechanismFlag,
    Object,
    ObjectClass,
    PKCS11Error,
    PrivateKey,
    Session,
    SignMixin,
)
from pkcs11.exceptions import AttributeTypeInvalid

from registry.chain.hashing import keccak256
from registry.chain.hsm.errors import HsmAway, HsmKeyMissing, HsmKeyUnfit, HsmRefused, HsmTokenMissing
from registry.chain.hsm.module import Module, loaded
from registry.chain.hsm.uri import KeyUri
from registry.chain.keys import Key, same_address
from registry.chain.typed import recover
from registry.kit.clock import Deadline

log = logging.getLogger(__name__)

MOST_OBJECTS = 1_000  # of a token that are looked at
REST_S = 5.0  # after a failure, before the module is started anew once more
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_SECP256K1 = bytes.fromhex("06052b8104000a")  # the curve's name, 1.3.132.0.10 (SEC 2), in DER
_SECRET = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


@dataclass(frozen=True)
class Shown:
    """A private key of a token; ``address`` None: it signs for none, for the reason in ``unfit``."""

    label: str
    id: bytes
    address: str | None
    is_extractable: bool
    unfit: str = ""


class TokenKey(Key):
    """A secp256k1 key in a token, opened when it is first used. Threads may share it.

    Its members raise HsmRefused's kinds. Where the token went away meanwhile, its module is started anew, once a use and
    not within ``REST_S`` of the last failure.
    """

    def __init__(self, uri: KeyUri, pin: Callable[[], str]) -> None:
        self._uri = uri
        self._pin = pin
        self._address = ""
        self._handle: SignMixin | None = None
        self._starts = 0
        self._failure: HsmRefused | None = None
        self._rest = Deadline(0)

    def __repr__(self) -> str:
        return f"TokenKey({self._uri})"

    @property
    def address(self) -> str:
        if not self._address:
            self._use(lambda _: b"")
        return self._address

    def sign_digest(self, digest: bytes) -> bytes:
        """Of the two signatures every ECDSA signature stands for, the one with the low s."""
        raw = self._use(lambda key: key.sign(digest, mechanism=Mechanism.ECDSA))
        r, s = raw[:32], int.from_bytes(raw[32:])
        low = r + min(s, ORDER - s).to_bytes(32) if len(raw) == 64 and s < ORDER else b""
        for v in (27, 28):
            signature = low + bytes([v])
            signer = recover(digest, signature)
            if signer is not None and same_address(signer, self._address):
                return signature
        raise HsmKeyUnfit(f"What the token answered for {self._uri} is no signature of that key.")

    def _use(self, work: Callable[[SignMixin], bytes]) -> bytes:
        before = self._failure
        if before is not None and not self._rest.has_passed:
            raise type(before)(before.detail, **before.fields)
        module = loaded(self._uri.module)
        try:
            with module.alone():
                done = self._done(module, work)
        except HsmRefused as refused:
            self._failure, self._rest = refused, Deadline(REST_S)
            raise
        self._failure = None
        return done

    def _done(self, module: Module, work: Callable[[SignMixin], bytes]) -> bytes:
        try:
            return work(self._found(module))
        except (PKCS11Error, HsmTokenMissing, HsmKeyMissing):
            log.info("%s: the module is started anew", self._uri)
        try:
            module.start_anew()
            return work(self._found(module))
        except PKCS11Error as failed:
            raise HsmAway(f"{self._uri}: {type(failed).__name__}, also after a new start.") from None
        except (HsmTokenMissing, HsmKeyMissing) as gone:
            if not self._address:
                raise
            raise HsmAway(f"{self._uri} was there before. {gone.detail}") from None

    def _found(self, module: Module) -> SignMixin:
        if self._handle is None or self._starts != module.starts:
            session = module.session(module.token(self._uri), self._pin)
            key = _one(session, self._uri)
            address, handle = _address_of(session, key), _signing(key)
            if self._address and address != self._address:
                raise HsmKeyUnfit(f"{self._uri} is another key than before: {address}, not {self._address}.")
            self._handle, self._starts, self._address = handle, module.starts, address
        return self._handle


def keys_of(uri: KeyUri, pin: Callable[[], str]) -> list[Shown]:
    """The private keys a URI fits, by label. Raises HsmRefused's kinds."""
    module = loaded(uri.module)
    with module.alone():
        try:
            session = module.session(module.token(uri), pin)
            found = [_shown(session, one) for one in _private_keys(session, uri)]
        except PKCS11Error as failed:
            raise _unwilling(failed) from None
    return sorted(found, key=lambda one: (one.label, one.id))


def make_key(uri: KeyUri, pin: Callable[[], str], new_id: bytes) -> Shown:
    """A new secp256k1 key that cannot leave its token, under the URI's label, and its id or this one.

    Raises HsmRefused's kinds; HsmKeyUnfit where there is such a key already.
    """
    if not uri.label:
        raise HsmKeyMissing("Name the new key: object=… in the URI.")
    module = loaded(uri.module)
    with module.alone():
        try:
            token = module.token(uri)
            session = module.session(token, pin)
            if _private_keys(session, uri):
                raise HsmKeyUnfit(f"There is {uri} already; choose another name.")
            with token.open(rw=True) as writable:  # without a PIN: the token is open for the process
                curve = writable.create_domain_parameters(
                    KeyType.EC, {Attribute.EC_PARAMS: _SECP256K1}, local=True
                )
                curve.generate_keypair(
                    store=True,
                    label=uri.label,
                    id=uri.id or new_id,
                    capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                    private_template=_SECRET,
                )
            return _shown(session, _one(session, uri))
        except PKCS11Error as failed:
            raise _unwilling(failed) from None


def _unwilling(failed: PKCS11Error) -> HsmRefused:
    return HsmRefused(f"The token answers {type(failed).__name__}; its own log may say why.")


def _private_keys(session: Session, uri: KeyUri) -> list[PrivateKey]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if uri.label is not None:
        wanted[Attribute.LABEL] = uri.label
    if uri.id is not None:
        wanted[Attribute.ID] = uri.id
    return [one for one in _objects(session, wanted) if isinstance(one, PrivateKey)]


def _objects(session: Session, wanted: dict[Attribute, Any]) -> list[Object]:
    return list(islice(session.get_objects(wanted), MOST_OBJECTS))


def _one(session: Session, uri: KeyUri) -> PrivateKey:
    found = _private_keys(session, uri)
    if len(found) != 1:
        what = "Several keys fit; name one by its id too" if found else "No key fits"
        raise HsmKeyMissing(f"{what}: `counterfoil key list` shows those there are. Looked for {uri}.")
    return found[0]


def _shown(session: Session, key: PrivateKey) -> Shown:
    try:
        address, unfit = _address_of(session, key), ""
        _signing(key)
    except HsmKeyUnfit as refused:
        address, unfit = None, refused.detail
    return Shown(key.label, key.id, address, bool(key[Attribute.EXTRACTABLE]), unfit)


def _signing(key: PrivateKey) -> SignMixin:
    """Raises HsmKeyUnfit."""
    if not isinstance(key, SignMixin):
        raise HsmKeyUnfit(f"The key {key.label!r} may not sign (CKA_SIGN).")
    return key


def _address_of(session: Session, key: PrivateKey) -> str:
    """From the public half, which stands beside it under the same id and label. Raises HsmKeyUnfit."""
    if key.key_type is not KeyType.EC or _attribute(key, Attribute.EC_PARAMS) != _SECP256K1:
        raise HsmKeyUnfit(f"The key {key.label!r} is not on the curve secp256k1.")
    wanted = {
        Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: key.id, Attribute.LABEL: key.label,
    }  # fmt: skip
    halves = {bytes(_attribute(one, Attribute.EC_POINT) or b"") for one in _objects(session, wanted)}
    if len(halves) != 1:
        raise HsmKeyUnfit(
            f"The public half of the key {key.label!r} is not in the token, or not the only one."
        )
    return _address(halves.pop())


def _attribute(key: Any, name: Attribute) -> Any:
    try:
        return key[name]
    except AttributeTypeInvalid:
        return None


def _address(point: bytes) -> str:
    """Of a CKA_EC_POINT: an octet string in DER, which some tokens leave off. Raises HsmKeyUnfit."""
    bare = point[2:] if len(point) in (2 + 65, 2 + 33) else point
    try:
        public = EllipticCurvePublicKey.from_encoded_point(SECP256K1(), bare)
    except ValueError:
        raise HsmKeyUnfit("What the token has as the key's public half is no point of secp256k1.") from None
    content = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    return str(to_checksum_address(keccak256(content)[-20:]))
