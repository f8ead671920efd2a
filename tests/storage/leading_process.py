"""A process that leads until it is killed: ``python leading_process.py <url> <file it touches when it does>``"""

import sys
from pathlib import Path

from registry.kit.clock import Deadline
from registry.storage.unit_of_work import Database


def main(url: str, sign: Path) -> None:
    with Database(url).lead("work", 60) as lead:
        assert lead
        sign.touch()
        Deadline(600).pause(600)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
