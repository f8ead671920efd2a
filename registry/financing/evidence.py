"""Before money is promised: the rows it rests on are held against the chain's state, by proof."""

from registry.chain.messages import Terms
from registry.chain.place import word_hex
from registry.financing.errors import LedgerDiffers
from registry.mirror import queries as mirror
from registry.mirror.chain_words import Asked, asked_of_lot
from registry.relay.context import Context


def require_proven(context: Context, lot_id: str) -> None:
    """The lot, its receivable, invoices and obligor's total, and the parties concerned are on the chain, at the mirror's
    block, what the database says; the receivable's terms are those its id is the hash of. Asked outside any transaction,
    since nodes take their time; nothing is asked about a lot that there is not.

    Raises LedgerDiffers, naming the first cell that differs; NotProven.
    """
    with context.database.read() as session:
        cursor = mirror.cursor(session)
        asked = asked_of_lot(session, lot_id)
    if cursor is None or not asked:
        return
    words = context.proven_words(cursor.number, cursor.hash, [(each.view, each.arguments) for each in asked])
    for each, word in zip(asked, words, strict=True):
        field = each.first_difference(word) or _first_difference_of_terms(each)
        if field is not None:
            raise LedgerDiffers(
                f"Of {each.table} {each.key} the database holds another {field} than the chain at block "
                f"{cursor.number:,}. Nothing was done; the operator reconciles first (counterfoil reconcile).",
                table=each.table,
                key=each.key,
                field=field,
                block=cursor.number,
            )


def _first_difference_of_terms(asked: Asked) -> str | None:
    if asked.table != "receivable" or asked.row is None:
        return None
    commitment = word_hex(Terms.from_json(asked.row).root_lot)
    is_theirs = commitment == asked.row["commitment"] and commitment.startswith(asked.key)
    return None if is_theirs else "commitment"
