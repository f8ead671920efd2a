"""How the mirror says that it cannot go on. None of these is skipped: a mirror that guesses is worthless."""

from registry.kit.errors import Conflict, Unavailable


class MirrorHalted(Unavailable):
    """A log cannot be decoded or folded; it stands in quarantine and the cursor before its block."""

    code = "mirror_halted"
    title = "The mirror stopped before a log it cannot read"


class ReorgDetected(Conflict):
    """The node's chain branches off below what counts as final; nothing is undone."""

    code = "reorg_detected"
    title = "The chain has another history than what counted as final"


class NodeInconsistent(Unavailable):
    """The node's answers contradict each other or the hashes they are bound by."""

    code = "node_inconsistent"
    title = "The node's answers do not fit together"
    status = 502


class NodesDisagree(Unavailable):
    """Two nodes have different blocks where one counts as final; nothing is called final meanwhile."""

    code = "nodes_disagree"
    title = "Two nodes call different blocks final"
    status = 502


class NodeBehind(Unavailable):
    """The node has not come as far as the mirror: it is syncing, or it is another chain's."""

    code = "node_behind"
    title = "The chain's node is behind the mirror"


class EventConflict(Conflict):
    """At this block and log index the mirror holds something already."""

    code = "event_conflict"
    title = "The mirror holds another event at this place"


class OtherSchema(Conflict):
    """The projections were written by another version's fold."""

    code = "mirror_schema_differs"
    title = "The projections were written by another version; rebuild them"
