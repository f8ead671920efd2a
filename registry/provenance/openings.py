"""What a supplier shows of its invoices, held to what stands on the chain: fields to the documents' root that both
parties signed, legal keys to the invoices' fingerprints; likewise of parties that say who they are."""

from registry.chain.messages import Terms
from registry.fingerprints.keys import ENTRY_BYTES, OpenedFingerprint, fingerprint_input
from registry.fingerprints.voprf import BadElement, BadProof, proven_output
from registry.kit.errors import BadInput
from registry.provenance.model import Broken, Checks, Path
from registry.provenance.pack import Opening, Pack
from registry.provenance.reading import Reader
from registry.receivables.rules import leaf_hash, merkle_root_over


def opening_of(one: OpenedFingerprint) -> Opening:
    """As a pack has it."""
    return Opening(
        fingerprint="0x" + one.fingerprint.hex(),
        key_version=one.key_version,
        domain=one.domain,
        fields=list(one.fields),
        evaluated="0x" + one.evaluated.hex(),
        proof="0x" + one.proof.hex(),
    )


def check_documents(pack: Pack, terms: Terms, checks: Checks) -> None:
    """Each field shown is one of those the terms commit to. Raises Broken with ``document_differs`` or
    ``document_twice``."""
    seen = set()
    for one in pack.documents:
        if one.field in seen:
            raise Broken("document_twice", f"The field {one.field} is shown twice.")
        seen.add(one.field)
        leaf = leaf_hash(bytes.fromhex(one.salt[2:]), one.field, one.value)
        path = [(bytes.fromhex(each.hash[2:]), each.is_left) for each in one.path]
        if merkle_root_over(leaf, path) != terms.documents_root:
            raise Broken(
                "document_differs",
                f"The field {one.field} is not, with this value, what the terms commit to.",
            )
        checks.proven(
            "document", one.field, f"It is {one.value}: so it stood when supplier and obligor signed."
        )


def check_openings(pack: Pack, reader: Reader, path: Path, checks: Checks) -> None:
    """Each fingerprint shown is one of the receivable's invoices or parties, and the published key's for these fields.
    Raises Broken with ``fingerprint_foreign``, ``fingerprint_key`` or ``fingerprint_proof``."""
    known = {each: f"invoice {each.hex()[:8]}…" for use in path.invoices for each in use.fingerprints}
    known |= {party.identity: f"party {party.number}" for party in path.parties}
    for opening in pack.openings:
        wanted = bytes.fromhex(opening.fingerprint[2:])
        subject = known.get(wanted)
        if subject is None:
            raise Broken(
                "fingerprint_foreign",
                f"{opening.fingerprint} is no fingerprint of this receivable or its parties.",
            )
        public = reader.word("fingerprintKey", opening.key_version)
        if public is None:
            checks.not_checked("fingerprint_key", subject, "The state of this block is not to be had.")
        elif not public:
            raise Broken(
                "fingerprint_key", f"The chain has no fingerprint key of version {opening.key_version}."
            )
        else:
            _require_proven(opening, wanted, public.to_bytes(32))
            checks.proven(
                "fingerprint",
                subject,
                f"It is that of {' / '.join(opening.fields)} ({opening.domain}), by the registry's published key.",
            )


def _require_proven(opening: Opening, wanted: bytes, public: bytes) -> None:
    evaluated, proof = bytes.fromhex(opening.evaluated[2:]), bytes.fromhex(opening.proof[2:])
    try:
        message = fingerprint_input(opening.key_version, opening.domain, *opening.fields)
        output = proven_output(message, evaluated, proof, public)
    except (BadElement, BadProof, BadInput) as error:
        raise Broken("fingerprint_proof", f"{opening.fingerprint}: {error.title}.") from error
    if output[:ENTRY_BYTES] != wanted:
        raise Broken(
            "fingerprint_proof", f"These fields have another fingerprint than {opening.fingerprint}."
        )
