"""A process that brings a credit note and is killed around the moment its warnings are made.

``python correcting_process.py <folder> before|within|after``
"""

import os
import signal
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from registry.invoices.corrections import WITNESS
from registry.invoices.model import InvoiceCorrection
from tests.builders.office import open_office
from tests.receivables.corrected import credited


def main(folder: Path, when: str) -> None:
    with open_office(folder) as office:
        info = office.service.database.info
        warn = info[WITNESS]

        def witness(session: Session, correction: InvoiceCorrection) -> None:
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            warn(session, correction)
            if when == "within":
                os.kill(os.getpid(), signal.SIGKILL)

        info[WITNESS] = witness
        credited(office, "52000.00")
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
