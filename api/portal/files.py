"""What pages load: one script and one style sheet, named after their content so that they never change."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
SCRIPT = HERE / "static/counterfoil.js"  # made by scripts/bundle
STYLE = HERE / "assets/counterfoil.css"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """``name`` is its address below /static: the beginning of its SHA-256 stands in it."""

    name: str
    content: bytes
    media_type: str

    @classmethod
    def read(cls, path: Path, media_type: str) -> "StaticFile":
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        return cls(f"{path.stem}-{digest[:16]}{path.suffix}", content, media_type)


@cache
def script() -> StaticFile | None:
    """The bundle, or None where this installation was made without it: pages then are for reading."""
    return StaticFile.read(SCRIPT, "text/javascript") if SCRIPT.exists() else None


@cache
def style() -> StaticFile:
    return StaticFile.read(STYLE, "text/css")


def named(name: str) -> StaticFile | None:
    return next((one for one in (script(), style()) if one is not None and one.name == name), None)
