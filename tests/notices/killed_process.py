"""A process that passes a lot on and is killed around the moment its notice is made.

``python killed_process.py <folder> before|within|after``
"""

import os
import signal
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from registry.mirror.mirror import Mirror
from registry.notices.making import make_notices
from tests.builders.office import open_office
from tests.notices.told import root_of


def main(folder: Path, when: str) -> None:
    with open_office(folder) as office:
        service = office.service
        settings = service.settings

        def witness(session: Session) -> None:
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            made = make_notices(session, office.clock)
            if when == "within" and made:
                os.kill(os.getpid(), signal.SIGKILL)

        service.worker._mirror = Mirror(
            service.database,
            service.node,
            settings.contract,
            settings.start_block,
            office.clock,
            witness=witness,
        )
        office.pass_on(root_of(office), "tier1", "tier2", "1000000.00")
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
