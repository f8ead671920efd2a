"""How the relay says no."""

from registry.kit.errors import Conflict, NotFound, Unavailable


class ActPending(Conflict):
    """One act at a time on a record: what a second one would be signed over is not settled yet."""

    code = "act_pending"
    title = "Another act on this record is not finished yet"


class ActNotFound(NotFound):
    code = "act_not_found"
    title = "There is no such act"


class ActUnfinished(Unavailable):
    """The wait ended first; the act goes on by itself."""

    code = "act_unfinished"
    title = "The act is on its way and not on the chain yet"


class SenderUnfunded(Unavailable):
    code = "sender_unfunded"
    title = "The sending key cannot pay for its transactions"


class SenderAway(Unavailable):
    """It is in a token that is away or refuses; why, only the log says: it names tokens and files."""

    code = "sender_away"
    title = "The sending key does not sign now"


class SenderUnknown(NotFound):
    code = "sender_unknown"
    title = "There is no sending key of that name here"
