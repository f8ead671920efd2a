"""Found a registry: keys, database, chain, contract, the registry's own party."""

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

from api import settings as settings_file
from api.service import (
    PASSWORD_FILE,
    Service,
    api_token,
    database_url,
    fingerprint_keys,
    open_service,
    own_token_key,
)
from api.settings import Own
from registry.chain.contract import encode_deployment
from registry.chain.deploy import deploy
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.owner import open_chain
from registry.chain.keys import Key, SigningKey, open_keystore
from registry.chain.node import Node
from registry.chain.words import LimitsWord
from registry.fingerprints.keys import FingerprintKey
from registry.invoices.entry_queries import count_unentered
from registry.invoices.filling import fill_entries
from registry.kit.clock import Clock
from registry.kit.errors import Conflict
from registry.kit.identifiers import TaxId
from registry.parties import queries
from registry.parties.use_cases import NewParty, admit_party, prepare_admission, publish_fingerprint_key
from registry.rules.limits import GENERIC, limits_of
from registry.rules.pack import Pack, packaged
from registry.rules.queries import choice, chosen_packs
from registry.rules.use_cases import choose_packs, require_choosable
from registry.storage.migrate import upgrade
from registry.storage.unit_of_work import Database

KEYS = ("operator", "relay", "arbiter")
FIRST_VERSION = 1  # of the fingerprint keys; `fingerprint rotate` makes the others
ETHER = 10**18
OPERATOR_VALID_DAYS = 3650
OPERATOR_IDENTIFIER = TaxId("ZZ", "REGISTRY", "OPERATOR")


class AccountUnfunded(Conflict):
    code = "account_unfunded"
    title = "The operator's accounts cannot pay for gas on this chain"


class AlreadyInitialized(Conflict):
    code = "already_initialized"
    title = "There is a registry in this folder already"


@dataclass(frozen=True)
class Founding:
    """What a registry is founded with; ``rpc_url`` and ``database_url`` empty = the embedded defaults,
    ``finality`` empty = as the setting's, ``packs`` empty = the generic one, ``limits`` empty = those of the packs;
    ``token_keys``: PKCS#11 URIs of own keys by name, the others are made as keystores."""

    folder: Path
    rpc_url: str | None = None
    finality: str | None = None
    database_url: str | None = None
    operator_name: str = "Registry operator"
    operator_identifier: TaxId = OPERATOR_IDENTIFIER
    packs: tuple[Pack, ...] = ()
    limits: LimitsWord | None = None
    token_keys: dict[Own, str] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Pack, ...]:
        return self.packs or (packaged(GENERIC),)


def limits_word(packs: Sequence[Pack], as_of: date) -> LimitsWord:
    """The contract's limits as the packs have them on a day; the graded state open."""
    return LimitsWord(state=0, **asdict(limits_of(packs, as_of)))


def found(founding: Founding, clock: Clock, say: Callable[[str], None]) -> None:
    """Make a registry in a folder. Can be called again after a crash: what exists is kept, what lacks is made.

    Raises AlreadyInitialized where nothing lacks, ChainNotReachable, DatabaseBusy, PackNotInForce.
    """
    require_choosable(founding.rules)
    folder = founding.folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if (folder / settings_file.FILE).exists():
        _complete(folder, clock, founding, say)
        return
    password = _password(folder)
    keys = {
        name: own_token_key(founding.token_keys[name])
        if name in founding.token_keys
        else _key(folder, name, password)
        for name in KEYS
    }
    first = fingerprint_keys(folder).path(FIRST_VERSION)
    if not first.exists():
        FingerprintKey.create(version=FIRST_VERSION).save(first)
    say("Keys made: operator, relay, arbiter and the fingerprint key.")
    database = Database(database_url(folder, founding.database_url))
    upgrade(database)
    packs = _chosen(database, clock, founding)
    database.close()
    say(f"Database ready; rules: {', '.join(pack.id for pack in packs)}.")
    limits = founding.limits or limits_word(packs, clock.now().date())
    _deploy(founding, clock, keys, limits, say)
    _complete(folder, clock, founding, say, is_new=True)


def _chosen(database: Database, clock: Clock, founding: Founding) -> list[Pack]:
    """The packs chosen before an interruption, else the founding's, chosen now."""
    with database.read() as session:
        is_open = choice(session) is None
    if is_open:
        choose_packs(database, clock, founding.rules)
    with database.read() as session:
        return chosen_packs(session)


def _deploy(
    founding: Founding,
    clock: Clock,
    keys: dict[str, Key],
    limits: LimitsWord,
    say: Callable[[str], None],
) -> None:
    rich = Genesis(balances=tuple((keys[name].address, 10**6 * ETHER) for name in KEYS))
    chain = None if founding.rpc_url else open_chain(founding.folder, clock, genesis=rich)
    try:
        with Node(founding.rpc_url or (chain.url if chain else "")) as node:
            if founding.rpc_url:
                _require_funds(node, keys)
            code = encode_deployment(limits.pack(), keys["operator"].address, keys["arbiter"].address)
            deployed = deploy(node, keys["operator"], code)
            settings_file.save(
                founding.folder,
                {
                    "contract": deployed.address,
                    "chain_id": deployed.chain_id,
                    "start_block": deployed.block_number,
                    **({"rpc_url": founding.rpc_url} if founding.rpc_url else {}),
                    **({"finality": founding.finality} if founding.finality else {}),
                    **({"database_url": founding.database_url} if founding.database_url else {}),
                    **({"token_keys": founding.token_keys} if founding.token_keys else {}),
                },
            )
        say(f"Contract deployed at {deployed.address} in block {deployed.block_number}.")
    finally:
        if chain is not None:
            chain.close()


def _require_funds(node: Node, keys: dict[str, Key]) -> None:
    if node.max_fee()[0] == 0:
        return
    poor = [keys[name].address for name in ("operator", "relay") if node.balance(keys[name].address) == 0]
    if poor:
        raise AccountUnfunded(
            f"Send some of the chain's currency to {' and '.join(poor)}, then run `counterfoil init` again.",
            accounts=poor,
        )


def _complete(
    folder: Path, clock: Clock, founding: Founding, say: Callable[[str], None], *, is_new: bool = False
) -> None:
    """Bring the database up to date, publish the fingerprint key, admit the registry's own party."""
    settings = settings_file.load(folder)
    database = Database(database_url(folder, settings.database_url))
    upgrade(database)
    database.close()
    with open_service(folder, clock) as service:
        service.worker.run_until_idle()
        missing = _missing_steps(service, founding)
        if not missing and not is_new:
            raise AlreadyInitialized(f"{folder} holds a complete registry; its database is up to date.")
        for step in missing:
            step()
    api_token(folder)
    say("Fingerprint key published; the registry's own party admitted as registrar.")


def _missing_steps(service: Service, founding: Founding) -> list[Callable[[], object]]:
    context = service.context
    steps: list[Callable[[], object]] = []
    with context.database.read() as session:
        if choice(session) is None:  # founded before there were rule packs
            steps.append(lambda: _chosen(context.database, context.clock, founding))
        published = queries.fingerprint_keys(session)
        if not published:
            first = fingerprint_keys(service.folder).key(FIRST_VERSION)
            steps.append(lambda: service.settle(publish_fingerprint_key(context, first)))
        if any(count_unentered(session, one.version) for one in published if one.retired_at is None):
            steps.append(lambda: deque(fill_entries(context.database, context.fingerprint_keys), maxlen=0))
        if queries.party_on_chain(session, service.settings.registrar_party) is None:
            steps.append(lambda: _admit_registrar(service, founding))
    return steps


def _admit_registrar(service: Service, founding: Founding) -> None:
    relay = service.worker.sender("relay")
    party = NewParty(
        name=founding.operator_name,
        country=founding.operator_identifier.country,
        identifiers=(founding.operator_identifier,),
        roles=("registrar",),
        account=relay.address,
        valid_until=(service.context.clock.now() + timedelta(days=OPERATOR_VALID_DAYS)).date(),
    )
    message = prepare_admission(service.context, party)
    consent = message.sign(relay, service.context.domain, service.context.deadline())
    service.settle(admit_party(service.context, party, message.party, [consent]))


def _password(folder: Path) -> str:
    path = folder / PASSWORD_FILE
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


def _key(folder: Path, name: str, password: str) -> SigningKey:
    path = folder / "keys" / f"{name}.json"
    if not path.exists():
        SigningKey.create().save(path, password)
    return open_keystore(path, password)
