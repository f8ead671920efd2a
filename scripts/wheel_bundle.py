"""What hatch runs before it makes a wheel: the portal's script is made, and a wheel without it is none."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MADE = Path("api/portal/static/counterfoil.js")


class PortalScript(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable installation reads the folder itself: scripts/install makes the script there."""
        root = Path(self.root)
        if version == "editable":
            return
        if (root / "node_modules/.bin/esbuild").exists():
            subprocess.run([root / "scripts/bundle"], cwd=root, check=True)  # noqa: S603 - our own script
        if not (root / MADE).exists():
            raise RuntimeError(f"{MADE} is missing: run scripts/install first, which fetches what makes it.")
