"""The registry's fingerprint keys: files beside each other, of which the chain and one table say which are live."""

from pathlib import Path

from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey, KeyMissing
from registry.parties import queries
from registry.storage.unit_of_work import Database


class KeyFolder:
    """``fingerprint-1.json`` and so on in a folder; each is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[int, FingerprintKey] = {}

    def path(self, version: int) -> Path:
        return self._folder / f"fingerprint-{version}.json"

    def key(self, version: int) -> FingerprintKey:
        """Raises KeyMissing, BadKeyFile."""
        if version not in self._read:
            path = self.path(version)
            if not path.exists():
                raise KeyMissing(f"Put the registry's {path.name} beside its other keys, in {path.parent}.")
            self._read[version] = FingerprintKey.load(path)
        return self._read[version]

    def live(self, asked: Session | Database) -> tuple[FingerprintKey, ...]:
        """The keys that are on the chain and not retired, oldest first. Raises KeyMissing, BadKeyFile."""
        published = [one for one in queries.fingerprint_keys(asked) if one.retired_at is None]
        keys = [self.key(one.version) for one in published]
        foreign = [
            key.version
            for key, one in zip(keys, published, strict=True)
            if "0x" + key.public.hex() != one.public
        ]
        if foreign or not keys:
            raise KeyMissing(
                f"The key in {self.path(foreign[0]).name} is not the one on the chain."
                if foreign
                else "No fingerprint key is on the chain yet; `counterfoil init` publishes the first."
            )
        return tuple(keys)
