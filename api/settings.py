"""Settings of one installation: a data folder with `counterfoil.toml`, overridden by COUNTERFOIL_… variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from registry.chain.finality import INSTANT, PATTERN, TAG, Finality
from registry.kit.errors import BadInput, NotFound

FILE = "counterfoil.toml"
Format = Literal["text", "json"]
Own = Literal["operator", "relay", "arbiter"]  # the registry's own keys that sign
DEFAULT_FOLDER = Path(".counterfoil")


class NotInitialized(NotFound):
    code = "not_initialized"
    title = "There is no registry in this folder"


class SettingsUnreadable(BadInput):
    code = "settings_unreadable"
    title = "The settings file cannot be read"


class Settings(BaseSettings):
    """Every setting; each can be given in the file or as COUNTERFOIL_NAME."""

    # What is wrong is named and not quoted: it may hold a password.
    model_config = SettingsConfigDict(env_prefix="COUNTERFOIL_", extra="forbid", hide_input_in_errors=True)

    contract: str = Field(description="Address of the Registry contract")
    chain_id: int = Field(description="Chain the contract is on")
    start_block: int = Field(0, description="Block the contract was deployed in")
    rpc_url: str | None = Field(
        None, description="JSON-RPC of a node; empty = the embedded chain in the data folder"
    )
    other_rpc_urls: list[str] = Field(
        [],
        description="JSON-RPC of further nodes of the same chain: asked where the first is at fault; a block counts as "
        "final once two of them have it",
    )
    heads_url: str | None = Field(
        None,
        pattern="^wss?://",
        description="WebSocket of the first node, as ws:// or wss://, over which it tells of new blocks: they are "
        "mirrored at once instead of when it is polled next; empty = it is only polled",
    )
    database_url: str | None = Field(
        None,
        description="PostgreSQL 15 or newer as postgresql://user@host/name, or another file as sqlite:///path; "
        "empty = registry.db in the data folder",
    )
    key_password: str | None = Field(
        None, description="Opens the operator's keystores; empty = keys/password"
    )
    token_keys: dict[Own, str] = Field(
        {},
        description="PKCS#11 URIs of those of the registry's own keys that are in tokens, by name: `operator`, `relay`, "
        "`arbiter`, as `init` writes them; the others are keystores in keys. Needs the extra `hsm`, see "
        "[operation.md](operation.md)",
    )
    registrar_party: int = Field(1, description="Number of the registry's own party")
    host: str = Field("127.0.0.1", description="Address `serve` listens on")
    public_names: list[str] = Field(
        [], description="Names the API is reached by besides the address it listens on"
    )
    port: int = Field(8420, description="Port `serve` listens on; 0 = any free one")
    share_port: bool = Field(
        False,  # noqa: FBT003
        description="Several `serve` on this machine may listen on one port, see [operation.md](operation.md)",
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port of 127.0.0.1 on which `serve` and `work` each answer /metrics, /healthz and /readyz; 0 = any "
        "free one, empty = none",
    )
    log_format: Format = Field(
        "text",
        description="How `serve` and `work` write on standard error: `text`, warnings only; or `json`, an object a line "
        "with each request and each act's way among them",
    )
    ready_lag_seconds: float = Field(
        60.0,
        gt=0,
        le=86_400,
        description="A process is not ready while the oldest block that is not mirrored yet is older than this",
    )
    poll_seconds: float = Field(
        0.2, gt=0, le=60, description="Between the beginnings of two looks at the chain"
    )
    finality: str | None = Field(
        None,
        pattern=PATTERN,
        description="When a block is final: `instant` (networks like QBFT and IBFT), `finalized` (as the node's tag "
        "says), or a number: once so many blocks stand upon it; empty = `instant` for the embedded chain, `finalized` "
        "for a node",
    )
    relay_max_fee_gwei: int = Field(
        500, ge=1, le=1_000_000, description="The most the relay offers for a unit of gas, in gwei (10⁹ wei)"
    )
    relay_stuck_seconds: float = Field(
        60.0,
        ge=1,
        le=86_400,
        description="A transaction that no block took in this time is replaced by a dearer one",
    )
    blind_checks_per_hour: int = Field(
        4_000,
        ge=64,
        le=1_000_000,
        description="Blinded elements a party, or an outsider's API key, may have evaluated in an hour; one invoice "
        "takes four or so",
    )
    wait_seconds: float = Field(60.0, gt=0, le=600, description="How long a command waits for its act")
    database_wait_seconds: float = Field(
        15.0, ge=0, le=120, description="How long to wait while others write"
    )
    node_timeout_seconds: float = Field(
        10.0, gt=0, le=120, description="How long one answer of the node may take"
    )

    verification_file: str | None = Field(
        None,
        description="CSV or JSON file of what an authority says of invoices, see [verification.md](verification.md); "
        "empty = no outside service is asked",
    )
    verification_seconds: float = Field(
        10.0, gt=0, le=120, description="How long an outside service may take to say something of an invoice"
    )
    recheck_days: int = Field(
        1,
        ge=1,
        le=366,
        description="Invoices in use are asked about again when the last answer is so many days old",
    )
    webhook_seconds: float = Field(
        15.0, gt=0, le=120, description="How long a receiver of a webhook may take to answer"
    )
    webhook_loopback: bool = Field(
        False,  # noqa: FBT003
        description="Webhooks may go to this machine too, also without TLS; for development only, see "
        "[webhooks.md](webhooks.md)",
    )
    trust_anchors: str | None = Field(
        None,
        description="Folder of certificates (PEM or DER) of the authorities whose signers are trusted; empty = "
        "signatures are checked, signers are not",
    )
    client_authorities: str | None = Field(
        None,
        description="Folder of certificates (PEM or DER) of the authorities whose certificates machines may sign "
        "requests with, see [signed-requests.md](signed-requests.md); empty = no certificate signs",
    )
    client_revocations: str | None = Field(
        None,
        description="Folder of these authorities' revocation lists (CRL, PEM or DER), read anew when they change: where "
        "an issuer has none in force, its certificates are refused; empty = none are asked",
    )
    official_rules: str | None = Field(
        None,
        description="Folder with the official rules of EN 16931 as XSLT (EN16931-UBL-validation.xslt, "
        "EN16931-CII-validation.xslt); needs the extra `schematron`. Empty = they are not run",
    )

    @property
    def finality_policy(self) -> Finality:
        return Finality.parse(self.finality or (TAG if self.rpc_url else INSTANT))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # What is passed in is the file's content; the environment is stronger.
        return env_settings, init_settings


def load(folder: Path) -> Settings:
    """Raises NotInitialized, SettingsUnreadable."""
    path = folder / FILE
    if not path.exists():
        raise NotInitialized(
            f"{folder} holds no registry. Run `counterfoil init` first, or name the folder with --data.",
            folder=str(folder),
        )
    try:
        values: dict[str, Any] = TomlConfigSettingsSource(Settings, toml_file=path)()
        return Settings(**values)
    except ValueError as error:
        raise SettingsUnreadable(f"{path}: {error}", folder=str(folder)) from error


def save(folder: Path, settings: Mapping[str, str | int | Mapping[Own, str]]) -> None:
    """Write the settings file."""
    path = folder / FILE
    lines = ["# Counterfoil: settings of this registry."]
    lines += [f"{name} = {_toml(value)}" for name, value in settings.items()]
    path.write_text("\n".join(lines) + "\n")


def _toml(value: str | int | Mapping[Own, str]) -> str:
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
