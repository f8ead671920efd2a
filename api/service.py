"""One open registry: settings, database, chain, keys, and the worker that moves acts along."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api import settings as settings_file
from api.importing import Importer
from api.settings import Settings
from registry.access.certificates import Authorities
from registry.chain.embedded.owner import OpenChain, open_chain
from registry.chain.hsm.errors import BadKeyUri
from registry.chain.hsm.opening import token_key
from registry.chain.hsm.uri import parse
from registry.chain.keys import Key, open_keystore
from registry.chain.messages import Domain
from registry.chain.node import Node
from registry.chain.wallets import wallet_accepts
from registry.invoices.corrections import WITNESS as CORRECTED
from registry.invoices.verification.examine import Examiner
from registry.invoices.verification.file_provider import FileProvider
from registry.invoices.verification.provider import Inquiry
from registry.invoices.verification.schematron import OfficialRules
from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.kit.clock import Clock, SystemClock
from registry.kit.errors import Conflict
from registry.kit.identifiers import new_id
from registry.mirror.mirror import Mirror
from registry.mirror.worker import Worker, settle_act
from registry.notices.corrections import warn
from registry.notices.making import make_notices
from registry.parties.key_folder import KeyFolder
from registry.provenance.state import proven_by
from registry.receivables.rechecking import Rechecker
from registry.relay.context import Context
from registry.relay.errors import SenderUnknown
from registry.relay.model import Act
from registry.relay.relay import Relay
from registry.storage.migrate import require_newest
from registry.storage.unit_of_work import Database
from registry.webhooks.announcing import announce
from registry.webhooks.courier import Courier
from registry.webhooks.posting import HttpPost

DATABASE_FILE = "registry.db"
PASSWORD_FILE = "keys/password"  # noqa: S105 - where it is, not what
TOKEN_FILE = "api.token"  # noqa: S105
SENDERS = ("operator", "relay")
ARBITER = "arbiter"


class ArbiterElsewhere(Conflict):
    """The arbiter's keystore is not among the registry's: whoever has it sends its acts."""

    code = "arbiter_elsewhere"
    title = "This registry does not hold the arbiter's key"


@dataclass
class Service:
    """Everything one process holds open. ``chain`` is None where a node's URL is set."""

    folder: Path
    settings: Settings
    context: Context
    node: Node
    chain: OpenChain | None
    worker: Worker
    importer: Importer
    examiner: Examiner
    inquiry: Inquiry | None
    renew: Callable[[], None]  # where the embedded chain's owner has gone: find the new one, or become it
    authorities: Authorities  # of machines that sign with certificates

    @property
    def rechecker(self) -> Rechecker | None:
        """Asks again about invoices in use; None where nobody outside is to be asked."""
        if self.inquiry is None:
            return None
        context = self.context
        return Rechecker(
            context.database,
            self.inquiry,
            context.clock,
            context.new_id,
            self.settings.recheck_days,
        )

    @property
    def courier(self) -> Courier:
        """Brings out what was announced to webhooks."""
        post = HttpPost(self.settings.webhook_seconds, self.settings.webhook_loopback)
        return Courier(self.database.on_behalf(), post, self.context.clock)

    def require_sender(self, name: str) -> None:
        """Raises ArbiterElsewhere where an act could not be sent: it would stand in the queue's way."""
        try:
            self.worker.sender(name)
        except SenderUnknown:
            where = keystore(self.folder, name)
            raise ArbiterElsewhere(
                f"Put its keystore in {where}, under the registry's own key password, and start again."
            ) from None

    @property
    def database(self) -> Database:
        return self.context.database

    def wallet_accepts(self, address: str, digest: bytes, signature: bytes) -> bool:
        """Whether a smart account takes a signature as its own now (ERC-1271). Raises ChainNotReachable."""
        return wallet_accepts(self.node, address, digest, signature)

    def settle(self, act: Act) -> Act:
        """Wait until an act is done, moving it along if no other process does.

        Raises the chain's refusal, or ActUnfinished after the configured wait (the act goes on by itself).
        """
        self.worker.wake()
        return settle_act(self.worker, act.id, self.settings.wait_seconds)


@contextmanager
def open_service(folder: Path, clock: Clock | None = None) -> Iterator[Service]:
    """Open the registry in a data folder. Raises NotInitialized, ChainNotReachable, DatabaseOutdated, …"""
    settings = settings_file.load(folder)
    clock = clock or SystemClock()
    with ExitStack() as opened:  # of what is open already nothing stays so where the rest cannot be opened
        database = _database(folder, settings, clock)
        opened.callback(_quietly, database.close)
        require_newest(database)
        chain = None if settings.rpc_url else open_chain(folder, clock)
        if chain is not None:
            opened.callback(_quietly, chain.close)
        urls = (settings.rpc_url or (chain.url if chain else ""), *settings.other_rpc_urls)
        node, *others = (
            opened.enter_context(Node(url, timeout=settings.node_timeout_seconds)) for url in urls
        )
        context = Context(
            database=database,
            clock=clock,
            domain=Domain(settings.chain_id, settings.contract),
            fingerprint_keys=fingerprint_keys(folder).live,
            proven_words=partial(proven_by, (node, *others), settings.contract),
        )
        relay = Relay(
            database,
            node,
            settings.contract,
            _own_keys(folder, settings),
            clock,
            others=others,
            max_fee_gwei=settings.relay_max_fee_gwei,
            stuck_seconds=settings.relay_stuck_seconds,
        )
        mirror = Mirror(
            database,
            node,
            settings.contract,
            settings.start_block,
            clock,
            others=others,
            finality=settings.finality_policy,
            witness=partial(make_notices, clock=clock),
        )
        renew = partial(_renew, node, chain)
        worker = Worker(relay, mirror, renew=renew)
        opened.callback(_quietly, worker.close)
        examiner, inquiry = _verification(folder, settings)
        importer, trusted = Importer(context), _authorities(folder, settings)
        yield Service(
            folder, settings, context, node, chain, worker, importer, examiner, inquiry, renew, trusted
        )


def _database(folder: Path, settings: Settings, clock: Clock) -> Database:
    ids = partial(new_id, random=secrets.token_bytes)
    return Database(
        database_url(folder, settings.database_url),
        busy_ms=int(settings.database_wait_seconds * 1000),
        info={CORRECTED: partial(warn, clock=clock, ids=ids)},
        witness=partial(announce, clock=clock, ids=ids),
    )


def _quietly(close: Callable[[], None]) -> None:
    """What cannot be closed in order is closed with the process."""
    with suppress(Exception):
        close()


def _own_keys(folder: Path, settings: Settings) -> dict[str, Key]:
    """Keystores are opened, tokens when they are first used: what only reads goes on while one is away.

    Raises KeystoreMissing, KeystoreRefused, BadKeyUri, HsmModuleMissing.
    """
    keys: dict[str, Key] = {name: own_token_key(uri) for name, uri in settings.token_keys.items()}
    for name in (*SENDERS, ARBITER):
        # The arbiter may be somebody else, who keeps its key elsewhere.
        if name not in keys and (name != ARBITER or keystore(folder, name).exists()):
            password = settings.key_password or (folder / PASSWORD_FILE).read_text()
            keys[name] = open_keystore(keystore(folder, name), password)
    return keys


def own_token_key(written: str) -> Key:
    """A key of the registry's own in a token, whose PIN is in a file: nobody is there to ask. Raises BadKeyUri,
    HsmModuleMissing."""
    uri = parse(written)
    if uri.pin_file is None:
        raise BadKeyUri("The registry's own keys need the PIN of their token in a file: …&pin-source=file:/…")
    return token_key(uri, uri.pin)


def _renew(node: Node, chain: OpenChain | None) -> None:
    if chain is not None:
        node.url = chain.renew()


def _verification(folder: Path, settings: Settings) -> tuple[Examiner, Inquiry | None]:
    """Paths in the settings are taken from the data folder. Raises TrustListUnreadable."""

    def at(path: str | None) -> Path | None:
        return folder / path if path else None

    anchors, rules, file = map(
        at, (settings.trust_anchors, settings.official_rules, settings.verification_file)
    )
    examiner = Examiner(TrustAnchors.load(anchors) if anchors else NOBODY, OfficialRules(rules))
    return examiner, Inquiry(FileProvider(file), settings.verification_seconds) if file else None


def _authorities(folder: Path, settings: Settings) -> Authorities:
    """Paths in the settings are taken from the data folder. Raises TrustListUnreadable."""
    anchors, lists = settings.client_authorities, settings.client_revocations
    return Authorities(
        TrustAnchors.load(folder / anchors) if anchors else NOBODY, folder / lists if lists else None
    )


def keystore(folder: Path, name: str) -> Path:
    """Where one of the registry's own keys is kept."""
    return folder / "keys" / f"{name}.json"


def fingerprint_keys(folder: Path) -> KeyFolder:
    """Where the fingerprint keys are kept."""
    return KeyFolder(folder / "keys")


def database_url(folder: Path, configured: str | None) -> str:
    """The configured URL, or the SQLite file in the data folder."""
    return configured or f"sqlite:///{(folder / DATABASE_FILE).absolute()}"


def api_token(folder: Path) -> str:
    """The bearer token of this installation's API, made on first use, readable by its owner only."""
    path = folder / TOKEN_FILE
    if not path.exists():
        draft = folder / f"{TOKEN_FILE}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # whoever is first wins; nobody reads half a token
        draft.unlink()
    return path.read_text().strip()
