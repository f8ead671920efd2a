"""What an area above may ask of the mirror before it lets something rest on a block."""

from sqlalchemy.orm import Session

from registry.kit.errors import Conflict
from registry.mirror import queries


class NotFinal(Conflict):
    """What this would rest on could still be undone by a reorganization of the chain."""

    code = "not_final"
    title = "What this rests on is not final on the chain yet"


def is_final(session: Session, block_number: int) -> bool:
    """Whether a block the mirror applied can no longer be undone."""
    return is_up_to(queries.final_number(session), block_number)


def is_up_to(final: int | None, block_number: int) -> bool:
    """Whether a block is final, by the number of the last that is (None: none is)."""
    return final is not None and block_number <= final


def require_final(session: Session, block_number: int, what: str) -> None:
    """Raises NotFinal; ``what`` names the record, as a sentence begins with it."""
    if not is_final(session, block_number):
        final = queries.final_number(session)
        raise NotFinal(
            f"{what} was last changed in block {block_number}; final is block {final}. Wait until it is.",
            block=block_number,
            final_block=final,
        )
