"""The acts of the ledger, each with its command, its endpoint, and what whoever is not entitled is told.

Written by hand from the specification's table of acts; the tests hold it against the contract's ABI, the commands,
the OpenAPI document and the list of refusals.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.rules.pack import packaged
from tests.api.acts_stage import Case, Stage, post

# The contract's custom error and the code it is decoded into.
CODES = {
    "ConsentMissing": "consent_missing",
    "SignatureInvalid": "signature_invalid",
    "SenderNotRegistrar": "sender_not_registrar",
    "SenderNotArbiter": "sender_not_arbiter",
    "OwnableUnauthorizedAccount": "ownable_unauthorized_account",
}


@dataclass(frozen=True)
class Row:
    """``verb``: the command; ``endpoint``: where it is handed in; ``case``: makes an act ready to be done.

    ``signed``: the contract's error where its proper sender brings it with a stranger's signature in place of one of
    the parties', "" for acts that nobody signs. ``sent``: its error where a stranger sends it, signing nothing;
    "" where anybody may. ``typed``: what the command answers a stranger, if not the same. ``days``: how long it has
    to wait. ``arguments``: of a call to the contract, for acts that no endpoint brings about; ``why`` says why not.
    """

    verb: str
    endpoint: str
    case: Callable[[Stage], Case] | None
    signed: str = "ConsentMissing"
    sent: str = "ConsentMissing"
    typed: str = ""
    days: int = 0
    arguments: tuple[Any, ...] | None = None
    why: str = ""


OPERATOR = {"signed": "", "sent": "OwnableUnauthorizedAccount"}
ARBITER = {"signed": "", "sent": "SenderNotArbiter"}
REGISTRAR = {"sent": "SenderNotRegistrar"}
EVIDENCE = "0x" + hashlib.sha256(b"evidence").hexdigest()


# ---------------------------------------------------------------------- parties


def admit(stage: Stage) -> Case:
    handle, vat = stage.new_firm()
    body = stage.admission(handle, vat)
    words = ("party", "add", body["name"], "--tax-id", f"DE:{vat}", "--role", "obligor")
    return Case(
        words,
        "/v1/parties",
        body,
        (handle,),
        ask=lambda stage, case: [stage.world.http.post("/v1/parties/admissions", case.values)],
    )


def set_key(stage: Stage) -> Case:
    new, number = stage.new_key(), stage.number("nordlicht")
    values = {"key": stage.address(new), "scopes": ["transfer"], "valid_until": "2028-01-01"}
    return Case(
        ("party", "grant-key", str(number), "--scope", "transfer"),
        f"/v1/parties/{number}/keys",
        values,
        ("nordlicht", new),
        ("--key", "--new-key"),
        fixed=(1,),  # another key is another mandate
        ask=post,
    )


def revoke_key(stage: Stage) -> Case:
    granted = set_key(stage)
    signed = stage.body(granted, stage.asked(granted), granted.signers)
    stage.world.http.post(granted.path, signed)
    key, number = granted.values["key"], stage.number("nordlicht")
    path = f"/v1/parties/{number}/keys/{key}/revocation"
    return Case(("party", "revoke-key", str(number), key), path, signers=("nordlicht",))


def set_quota(stage: Stage) -> Case:
    number = stage.number("hanse")
    values = {"currency": "USD", "quota": "5000.00"}
    words = ("party", "quota", str(number), "USD 5000.00")
    return Case(words, f"/v1/parties/{number}/quota", values, ("hanse",))


def propose_account(stage: Stage) -> Case:
    number, account = stage.number(stage.party()), stage.address(stage.new_key())
    words = ("party", "propose-account", str(number), account)
    return Case(words, f"/v1/parties/{number}/proposal", {"account": account})


def veto_account(stage: Stage) -> Case:
    party, _ = stage.proposed()
    number = stage.number(party)
    return Case(("party", "veto-account", str(number)), f"/v1/parties/{number}/veto", signers=(party,))


def take_account(stage: Stage) -> Case:
    party, new = stage.proposed()
    number = stage.number(party)
    return Case(("party", "take-account", str(number)), f"/v1/parties/{number}/takeover", signers=(new,))


def freeze(stage: Stage) -> Case:
    number = stage.number(stage.party())
    return Case(("party", "freeze", str(number)), f"/v1/parties/{number}/freeze", {"is_frozen": True})


def bar(stage: Stage) -> Case:
    number = stage.number(stage.party())
    return Case(("party", "bar", str(number)), f"/v1/parties/{number}/bar", {"is_barred": True})


def set_roles(stage: Stage) -> Case:
    number = stage.number(stage.party())
    values = {"roles": ["supplier", "settler"], "valid_until": "2028-06-30"}
    words = ("party", "roles", str(number), "--role", "supplier", "--role", "settler")
    return Case((*words, "--valid-until", "2028-06-30"), f"/v1/parties/{number}/roles", values)


def set_state(_: Stage) -> Case:
    return Case(("state", "open"), "/v1/state", {"state": "open"})


def set_limits(stage: Stage) -> Case:
    path: Path = stage.folder / "house.toml"
    text = packaged("generic").text.replace("max = 20", "max = 19").replace('id = "generic"', 'id = "house"')
    path.write_text(text)
    return Case(("rules", "use", str(path)), "/v1/rules", {"packs": ["generic"]})


def set_arbiter(stage: Stage) -> Case:
    account = stage.world.service.worker.sender("arbiter").address  # its own, so that it keeps its power
    return Case(("arbiter", "replace", account), "/v1/arbiter", {"account": account})


# ---------------------------------------------------------------------- receivables


def register(stage: Stage) -> Case:
    words = (
        "receivable", "register", "--invoice", str(stage.world.bring("1000.00")["id"]),
        "--originator", stage.written("nordlicht"), "--obligor", stage.written("hanse"),
        "--maturity", stage.maturity(),
    )  # fmt: skip
    return Case(words, f"/v1/receivables/{stage.draft()}/registration", signers=("nordlicht",))


def register_many(stage: Stage) -> Case:
    drafts = [stage.draft(), stage.draft()]
    words = ("receivable", "register-many", *drafts)
    return Case(words, "/v1/registrations", {"receivables": drafts}, ("nordlicht",), ask=post)


def register_confirmed(stage: Stage) -> Case:
    receivable = stage.draft()

    def ask(stage: Stage, case: Case) -> list[dict[str, Any]]:
        asked = stage.world.http.get(case.path)
        return [asked["registration"], asked["confirmation"]]

    return Case(
        ("receivable", "issue", receivable),
        f"/v1/receivables/{receivable}/issue",
        signers=("nordlicht", "hanse"),
        options=("--key", "--obligor-key"),
        ask=ask,
    )


def confirm(stage: Stage) -> Case:
    receivable = stage.registered()
    path = f"/v1/receivables/{receivable}/confirmation"
    return Case(("receivable", "confirm", receivable), path, signers=("hanse",))


def confirm_many(stage: Stage) -> Case:
    both = [stage.registered(), stage.registered()]
    words = ("receivable", "confirm-many", *both)
    return Case(words, "/v1/confirmations", {"receivables": both}, ("hanse",), ask=post)


def decline(stage: Stage) -> Case:
    receivable = stage.registered()
    path, values = f"/v1/receivables/{receivable}/declinature", {"owed": "0.00", "reason": "not delivered"}
    return Case(("receivable", "decline", receivable, "--reason", "not delivered"), path, values, ("hanse",))


def withdraw(stage: Stage) -> Case:
    receivable = stage.registered()
    path, values = f"/v1/receivables/{receivable}/withdrawal", {"reason": "twice"}
    return Case(("receivable", "withdraw", receivable, "--reason", "twice"), path, values, ("nordlicht",))


def expire(stage: Stage) -> Case:
    receivable = stage.registered()
    return Case(("receivable", "expire", receivable), f"/v1/receivables/{receivable}/expiry")


def cancel(stage: Stage) -> Case:
    receivable = stage.receivable_of(stage.lot())
    return Case(
        ("receivable", "cancel", receivable, "--reason", "returned"),
        f"/v1/receivables/{receivable}/cancellation",
        {"reason": "returned"},
        ("nordlicht", "hanse"),
        ("--key", "--obligor-key"),
    )


def contest(stage: Stage) -> Case:
    receivable, file = stage.receivable_of(stage.lot()), stage.folder / "evidence.txt"
    file.write_bytes(b"evidence")
    values = {"by": stage.number("hanse"), "code": "C05", "evidence": EVIDENCE}
    words = ("receivable", "contest", receivable, "--by", stage.written("hanse"), "--code", "C05")
    return Case(
        (*words, "--evidence", str(file)), f"/v1/receivables/{receivable}/contest", values, ("hanse",)
    )


def suspend(stage: Stage) -> Case:
    receivable = stage.receivable_of(stage.lot())
    values = {"is_suspended": True, "reason": "order"}
    words = ("arbiter", "suspend", receivable, "--reason", "order")
    return Case(words, f"/v1/receivables/{receivable}/suspension", values)


def resume(stage: Stage) -> Case:
    receivable = stage.receivable_of(stage.lot())
    path = f"/v1/receivables/{receivable}/suspension"
    stage.world.http.post(path, {"is_suspended": True, "reason": "order"})
    words = ("arbiter", "resume", receivable, "--reason", "order")
    return Case(words, path, {"is_suspended": False, "reason": "order"})


# ---------------------------------------------------------------------- lots


def transfer(stage: Stage) -> Case:
    lot = stage.lot()
    values = {"to": stage.number("ostsee"), "amount": "400.00"}
    words = ("lot", "transfer", lot, "--to", stage.written("ostsee"), "--amount", "400.00")
    return Case(words, f"/v1/lots/{lot}/transfer", values, ("nordlicht",))


def transfer_many(stage: Stage) -> Case:
    lots, to = [stage.lot(), stage.lot()], stage.number("ostsee")
    moves = [{"lot": lot, "to": to, "amount": "400.00"} for lot in lots]
    values = {"holder": stage.number("nordlicht"), "moves": moves}
    written = [word for lot in lots for word in ("--move", f"{lot}:{to}:400.00")]
    words = ("lot", "transfer-many", "--holder", stage.written("nordlicht"), *written)
    return Case(words, "/v1/transfers", values, ("nordlicht",), ask=post)


def reject(stage: Stage) -> Case:
    lot = stage.received()
    return Case(("lot", "reject", lot), f"/v1/lots/{lot}/rejection", signers=("ostsee",))


def lock(stage: Stage) -> Case:
    lot = stage.lot()
    values = {"funder": stage.number("bank"), "until": stage.in_days(5)}
    words = ("lot", "lock", lot, "--funder", stage.written("bank"))
    return Case(words, f"/v1/lots/{lot}/lock", values, ("nordlicht",))


def release(stage: Stage) -> Case:
    lot = stage.locked()
    words = ("lot", "release", lot, "--by", stage.written("bank"))
    return Case(words, f"/v1/lots/{lot}/release", {"by": stage.number("bank")}, ("bank",))


def finance(stage: Stage) -> Case:
    lot = stage.agreed(stage.locked())
    words = ("lot", "finance", lot, "--funder", stage.written("bank"), "--rate", "0.045")
    options = ("--seller-key", "--funder-key")
    return Case(words, f"/v1/lots/{lot}/sale", signers=("nordlicht", "bank"), options=options)


def enforce(stage: Stage) -> Case:
    lot = stage.financed(stage.lot_due_in(days=20), is_pledge=True)
    return Case(("lot", "enforce", lot), f"/v1/lots/{lot}/enforcement", signers=("bank",))


def reassign(stage: Stage) -> Case:
    lot, day = stage.financed(), stage.world.clock.now().date().isoformat()
    values = {"to": stage.number("factor"), "discount_rate": "0.04", "pays_on": day}
    words = ("lot", "reassign", lot, "--to", stage.written("factor"), "--rate", "0.04", "--pays-on", day)
    return Case(words, f"/v1/lots/{lot}/reassignment", values, ("bank", "factor"), ("--key", "--to-key"))


def put_back(stage: Stage) -> Case:
    lot = stage.financed(stage.lot_due_in(days=20))
    return Case(("lot", "put-back", lot), f"/v1/lots/{lot}/put-back", signers=("bank",))


def settle(stage: Stage) -> Case:
    lot = stage.lot()
    values = {"by": stage.number("clearing"), "amount": "1000.00", "payment": "SEPA 1"}
    words = ("lot", "settle", lot, "--by", stage.written("clearing"), "--payment", "SEPA 1")
    return Case(words, f"/v1/lots/{lot}/settlement", values, ("clearing",))


def settle_many(stage: Stage) -> Case:
    lots = [stage.lot(), stage.lot()]
    payments = [{"lot": lot, "amount": "1000.00", "payment": "SEPA 2"} for lot in lots]
    values = {"settler": stage.number("clearing"), "payments": payments}
    written = [word for lot in lots for word in ("--paid", f"{lot}:1000.00:SEPA 2")]
    words = ("lot", "settle-many", "--settler", stage.written("clearing"), *written)
    return Case(words, "/v1/settlements", values, ("clearing",), ask=post)


def write_off(stage: Stage) -> Case:
    lot = stage.lot()
    values = {"amount": "100.00", "reason": "insolvency"}
    words = ("lot", "write-off", lot, "--amount", "100.00", "--reason", "insolvency")
    return Case(words, f"/v1/lots/{lot}/write-off", values, ("nordlicht",))


def forced_transfer(stage: Stage) -> Case:
    lot = stage.lot()
    values = {"to": stage.number("ostsee"), "reason": "order"}
    words = ("arbiter", "forced-transfer", lot, "--to", stage.written("ostsee"), "--reason", "order")
    return Case(words, f"/v1/lots/{lot}/forced-transfer", values)


NEW_OWNER = "0x" + "5a" * 20
OWNERS = "the operator's account itself hands over, in two steps, past any registry"

TABLE: dict[str, Row] = {
    # parties
    "admit": Row(
        "party add",
        "POST /v1/parties",
        admit,
        signed="SignatureInvalid",
        sent="OwnableUnauthorizedAccount",
        typed="account_taken",
    ),
    "setKey": Row("party grant-key", "POST /v1/parties/{number}/keys", set_key),
    "revokeKey": Row("party revoke-key", "POST /v1/parties/{number}/keys/{key}/revocation", revoke_key),
    "setQuota": Row("party quota", "POST /v1/parties/{number}/quota", set_quota),
    "proposeAccount": Row(
        "party propose-account", "POST /v1/parties/{number}/proposal", propose_account, **OPERATOR
    ),
    "vetoAccount": Row("party veto-account", "POST /v1/parties/{number}/veto", veto_account),
    "takeAccount": Row(
        "party take-account",
        "POST /v1/parties/{number}/takeover",
        take_account,
        signed="SignatureInvalid",
        sent="SignatureInvalid",
        days=8,
    ),
    "freeze": Row("party freeze", "POST /v1/parties/{number}/freeze", freeze, **OPERATOR),
    "bar": Row("party bar", "POST /v1/parties/{number}/bar", bar, **OPERATOR),
    "setRoles": Row("party roles", "POST /v1/parties/{number}/roles", set_roles, **OPERATOR),
    "setLimits": Row("rules use", "POST /v1/rules", set_limits, **OPERATOR),
    "setState": Row("state", "POST /v1/state", set_state, **OPERATOR),
    "setFingerprintKey": Row(
        "init",
        "",
        None,
        **OPERATOR,
        arguments=(2, bytes(32)),
        why="published once, when the registry is founded",
    ),
    "setArbiter": Row("arbiter replace", "POST /v1/arbiter", set_arbiter, **ARBITER),
    "transferOwnership": Row("", "", None, **OPERATOR, arguments=(NEW_OWNER,), why=OWNERS),
    "acceptOwnership": Row("", "", None, **OPERATOR, arguments=(), why=OWNERS),
    # receivables
    "register": Row(
        "receivable register", "POST /v1/receivables/{receivable}/registration", register, **REGISTRAR
    ),
    "registerMany": Row("receivable register-many", "POST /v1/registrations", register_many, **REGISTRAR),
    "registerConfirmed": Row(
        "receivable issue", "POST /v1/receivables/{receivable}/issue", register_confirmed, **REGISTRAR
    ),
    "confirm": Row("receivable confirm", "POST /v1/receivables/{receivable}/confirmation", confirm),
    "confirmMany": Row("receivable confirm-many", "POST /v1/confirmations", confirm_many),
    "decline": Row("receivable decline", "POST /v1/receivables/{receivable}/declinature", decline),
    "withdraw": Row("receivable withdraw", "POST /v1/receivables/{receivable}/withdrawal", withdraw),
    "expire": Row(
        "receivable expire",
        "POST /v1/receivables/{receivable}/expiry",
        expire,
        signed="",
        sent="",
        days=31,
    ),
    "cancel": Row("receivable cancel", "POST /v1/receivables/{receivable}/cancellation", cancel),
    "contest": Row("receivable contest", "POST /v1/receivables/{receivable}/contest", contest),
    "suspend": Row("arbiter suspend", "POST /v1/receivables/{receivable}/suspension", suspend, **ARBITER),
    "resume": Row("arbiter resume", "POST /v1/receivables/{receivable}/suspension", resume, **ARBITER),
    # lots
    "transfer": Row("lot transfer", "POST /v1/lots/{lot}/transfer", transfer),
    "transferMany": Row("lot transfer-many", "POST /v1/transfers", transfer_many),
    "reject": Row("lot reject", "POST /v1/lots/{lot}/rejection", reject),
    "lock": Row("lot lock", "POST /v1/lots/{lot}/lock", lock),
    "release": Row("lot release", "POST /v1/lots/{lot}/release", release),
    "finance": Row("lot finance", "POST /v1/lots/{lot}/sale", finance),
    "enforce": Row("lot enforce", "POST /v1/lots/{lot}/enforcement", enforce, days=21),
    "reassign": Row("lot reassign", "POST /v1/lots/{lot}/reassignment", reassign),
    "putBack": Row("lot put-back", "POST /v1/lots/{lot}/put-back", put_back, days=21),
    "settle": Row("lot settle", "POST /v1/lots/{lot}/settlement", settle),
    "settleMany": Row("lot settle-many", "POST /v1/settlements", settle_many),
    "writeOff": Row("lot write-off", "POST /v1/lots/{lot}/write-off", write_off),
    "forcedTransfer": Row(
        "arbiter forced-transfer", "POST /v1/lots/{lot}/forced-transfer", forced_transfer, **ARBITER
    ),
}
