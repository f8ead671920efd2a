"""The first of signing's two calls: the typed data as wallets take it, its sentences, and who has to sign."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from api.sentences import Claim, Said
from api.views import View
from registry.chain.messages import Signed, Terms
from registry.parties import queries as parties
from registry.receivables.model import Lot, Receivable
from registry.relay.context import Context

_EXACT_BITS = 53


def to_sign(context: Context, message: Signed, said: Said, signers: list[View]) -> View:
    """``signers`` as ``signer`` and ``party_signers`` make them. The deadline is an hour from now."""
    deadline = context.deadline()
    return {
        "sentences": {"en": said.en, "zh": said.zh},
        "deadline": deadline,
        "signers": signers,
        "typed_data": wallet_ready(message.typed_data(context.domain, deadline)),
    }


def signer(party: int, name: str | None, account: str) -> View:
    return {"party": party, "name": name, "account": account}


def party_signers(session: Session, numbers: Iterable[int]) -> list[View]:
    """The accounts of parties that the ledger knows. Raises PartyNotFound."""
    wanted = list(numbers)
    names = parties.names(session, wanted)
    return [signer(number, names.get(number), parties.party(session, number).account) for number in wanted]


class Names:
    """Parties' names for sentences; one that was admitted past the registry is called by its number."""

    def __init__(self, session: Session, numbers: Iterable[int]) -> None:
        self._found = parties.names(session, numbers)

    def __getitem__(self, number: int) -> str:
        return self._found.get(number) or f"party {number}"


def claim_of_receivable(names: Names, record: Receivable) -> Claim:
    return Claim(names[record.obligor], record.face, record.currency, record.maturity)


def claim_of_terms(names: Names, terms: Terms) -> Claim:
    return Claim(names[terms.obligor], terms.face, terms.currency, terms.maturity)


def claim_of_lot(names: Names, lot: Lot, of: Receivable) -> Claim:
    return Claim(names[of.obligor], lot.amount, of.currency, of.maturity)


def wallet_ready(typed: dict[str, Any]) -> dict[str, Any]:
    """EIP-712 typed data that survives JSON: bytes as 0x hex; integers whose type can exceed what a
    JavaScript number holds exactly (2⁵³) as decimal text, the others as numbers. ``eth_signTypedData_v4``
    takes both."""
    return {**typed, "message": _struct(typed["types"], typed["primaryType"], typed["message"])}


def _struct(types: dict[str, Any], kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return {member["name"]: _value(types, member["type"], values[member["name"]]) for member in types[kind]}


def _value(types: dict[str, Any], kind: str, value: Any) -> Any:
    if kind.endswith("[]"):
        return [_value(types, kind.removesuffix("[]"), one) for one in value]
    if kind in types:
        return _struct(types, kind, value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if kind.startswith("uint") and int(kind[4:]) > _EXACT_BITS:
        return str(value)
    return value
