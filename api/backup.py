"""A folder that holds a registry as it stood at one moment, and the way back from it."""

import hashlib
import re
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import make_url

from api import settings as settings_file
from api.service import DATABASE_FILE, TOKEN_FILE, database_url
from api.settings import NotInitialized
from registry.chain.embedded.address import CHAIN_FILE
from registry.kit.clock import Clock
from registry.kit.errors import BadInput, Conflict
from registry.storage.migrate import revision_of
from registry.storage.snapshot import copy_files
from registry.storage.unit_of_work import Database

LIST_FILE = "backup.json"
FORMAT = 1
KEYS = "keys"
_OWN_DATABASE = re.compile(r"^database_url\s*=.*\n?", re.MULTILINE)


class FolderNotEmpty(Conflict):
    code = "folder_not_empty"
    title = "The folder holds something already"


class BackupUnreadable(BadInput):
    """No backup, of a later version, or changed since it was made."""

    code = "backup_unreadable"
    title = "What is in this folder is no whole backup"


@dataclass(frozen=True)
class Backup:
    """What a backup holds. ``database`` None: it stands in PostgreSQL and is not in it."""

    made_at: str
    revision: str | None
    has_keys: bool
    has_database: bool
    files: dict[str, str]  # path within the folder → SHA-256


def back_up(folder: Path, target: Path, clock: Clock, *, with_keys: bool) -> Backup:
    """Copy settings, database and embedded chain, and the keys where told to, into ``target``, which must not be there
    yet. Others may write meanwhile; what they do after it began is not in it.

    Database and chain are as of one moment in which nobody hands in or signs an act: what is on the copied chain, the
    copied outbox knows. Raises FolderNotEmpty, NotInitialized, DatabaseBusy, CopyDamaged.
    """
    settings = settings_file.load(folder)
    if target.exists():
        raise FolderNotEmpty(f"{target} is there already; name a folder that is not.")
    draft = target.with_name(f"{target.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)  # of a backup that was interrupted
    draft.mkdir(parents=True)
    draft.chmod(0o700)
    database = Database(database_url(folder, settings.database_url))
    try:
        revision, file = revision_of(database), _file_of(database)
        files = {file: draft / DATABASE_FILE} if file else {}
        if settings.rpc_url is None:
            files[folder / CHAIN_FILE] = draft / CHAIN_FILE
        copy_files(files, database.write() if file else nullcontext())
    finally:
        database.close()
    text = (folder / settings_file.FILE).read_text()
    (draft / settings_file.FILE).write_text(_OWN_DATABASE.sub("", text) if file else text)
    if with_keys:
        shutil.copytree(folder / KEYS, draft / KEYS)
        shutil.copy(folder / TOKEN_FILE, draft / TOKEN_FILE)
    made = Backup(clock.now().isoformat(), revision, with_keys, file is not None, _hashes(draft))
    (draft / LIST_FILE).write_bytes(orjson.dumps({"format": FORMAT, **made.__dict__}))
    _only_for_its_owner(draft)
    draft.rename(target)
    return made


def restore(source: Path, folder: Path) -> Backup:
    """Make a registry's folder of a backup. Raises BackupUnreadable, FolderNotEmpty; ``folder`` is then as it was."""
    made = read(source)
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(f"{folder} is not empty; restore into a fresh folder.")
    draft = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(source, draft, ignore=shutil.ignore_patterns(LIST_FILE))
    if _hashes(draft) != made.files:
        shutil.rmtree(draft)
        raise BackupUnreadable(f"{source} changed while it was read.")
    _only_for_its_owner(draft)
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)
    return made


def read(source: Path) -> Backup:
    """Raises BackupUnreadable."""
    try:
        listed = orjson.loads((source / LIST_FILE).read_bytes())
        found_format = listed.pop("format")
        made = Backup(**listed)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupUnreadable(f"{source} has no readable {LIST_FILE}.") from error
    if found_format != FORMAT:
        raise BackupUnreadable(f"It has format {found_format}, this version reads {FORMAT}.")
    found = _hashes(source)
    if found != made.files:
        wrong = sorted(name for name, _ in found.items() ^ made.files.items())
        raise BackupUnreadable(f"Not as it was made: {', '.join(dict.fromkeys(wrong))}.")
    return made


def _file_of(database: Database) -> Path | None:
    """The database's file; None for PostgreSQL. Raises NotInitialized."""
    url = make_url(database.url)
    if url.get_backend_name() != "sqlite":
        return None
    file = Path(str(url.database))
    if not file.exists():
        raise NotInitialized(f"There is no database {file}.")
    return file


def _hashes(folder: Path) -> dict[str, str]:
    found: Mapping[str, Path] = {
        one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*")) if one.is_file()
    }
    return {name: _sha256(path) for name, path in found.items() if name != LIST_FILE}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _only_for_its_owner(folder: Path) -> None:
    folder.chmod(0o700)
    for one in folder.rglob("*"):
        one.chmod(0o700 if one.is_dir() else 0o600)
