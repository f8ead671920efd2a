"""One bug for each act, planted into the contract: the proof of that act's condition must refute it."""

from typing import NamedTuple


class Bug(NamedTuple):
    """``after`` in place of ``before``, which stands once in ``file``."""

    act: str
    file: str
    before: str
    after: str


BUGS = (
    # Financing
    Bug("lock", "Financing.sol", "until > facts_.maturity()", "until < facts_.maturity()"),
    Bug("release", "Financing.sol", "by != lot.holder() || isPledged", "by != lot.holder()"),
    Bug("finance", "Financing.sol", "block.timestamp >= lot.until()", "block.timestamp > lot.until()"),
    # Transfers
    Bug("transfer", "Transfers.sol", "lot.hops() >= limits_.maxHops()", "lot.hops() > limits_.maxHops()"),
    Bug("transferMany", "Transfers.sol", "if (lot.holder() != from) revert NotEntitled(each.lot, from);", ""),
    Bug(
        "reject",
        "types/Lot.sol",
        "HOLDER | PEER | UNTIL)) | ((word & PEER) >> 32)) + ONE_SEQ",
        "HOLDER | UNTIL)) | ((word & PEER) >> 32)) + ONE_SEQ",
    ),
    Bug(
        "consents",
        "Consents.sol",
        "(counts && first != address(0) && first != msg.sender)",
        "(counts && first != address(0))",
    ),
    # Settlement
    Bug("settle", "Settlement.sol", "(by == 0 || by != facts_.settler())", "by != facts_.settler()"),
    Bug(
        "settleMany",
        "Settlement.sol",
        "if (facts_.settler() != settler) revert NotEntitled(each.lot, settler);",
        "",
    ),
    # Receivables
    Bug("register", "Receivables.sol", "if (total != face) revert FaceNotCovered(face, total);", ""),
    Bug("registerMany", "Receivables.sol", "_requireObligor(each.obligor());", ""),
    Bug(
        "registerConfirmed",
        "Receivables.sol",
        "_requireObligorSigns(checked, obligor, commitment, consents);\n        uint64 receivable",
        "uint64 receivable",
    ),
    Bug(
        "confirm",
        "Receivables.sol",
        "block.timestamp >= facts_.expires()",
        "block.timestamp > facts_.expires()",
    ),
    Bug("confirmMany", "Receivables.sol", "(quota == 0 ? type(uint64).max : quota)", "type(uint64).max"),
    # Endings
    Bug(
        "decline",
        "Endings.sol",
        "DECLINATURE, receivable, owed, reason",
        "DECLINATURE, receivable, reason, owed",
    ),
    Bug(
        "withdraw",
        "Endings.sol",
        "_end(terms, RECEIVABLE_WITHDRAWN, invoices, later)",
        "_end(terms, RECEIVABLE_DECLINED, invoices, later)",
    ),
    Bug("expire", "Endings.sol", "block.timestamp < expires", "block.timestamp <= expires"),
    Bug("cancel", "Endings.sol", "if (lot.amount() != checked.face()) revert LotNotWhole(id);", ""),
    # Remedies
    Bug("contest", "Remedies.sol", "lot.receivable() != receivable || ", ""),
    Bug(
        "suspend",
        "Remedies.sol",
        "_setSuspended(receivable, true, reason)",
        "_setSuspended(receivable, false, reason)",
    ),
    Bug("resume", "Remedies.sol", "_requireArbiter();\n        Facts facts_", "Facts facts_"),
    Bug(
        "forcedTransfer",
        "Remedies.sol",
        "Party receiver = _active(to);\n        lot = lot.force(to);",
        "Party receiver = _known(to);\n        lot = lot.force(to);",
    ),
    Bug(
        "enforce",
        "LotRules.sol",
        "block.timestamp < facts_.maturity()",
        "block.timestamp <= facts_.maturity()",
    ),
    Bug(
        "reassign",
        "Remedies.sol",
        "_requireConsent(to, receiver, SCOPE_FINANCE, currency, amount, message, consents);",
        "",
    ),
    Bug("putBack", "Remedies.sol", "if (lot.peer() == 0) revert NoRecourse(id);", ""),
    Bug("writeOff", "Remedies.sol", "lot.raiseSeq()", "lot"),
    # Parties
    Bug("admit", "Parties.sol", "if (_partyOf[identity] != 0)", "if (false)"),
    Bug(
        "setRoles",
        "Parties.sol",
        "emit RolesSet(number, _put(number, _known(number)",
        "emit RolesSet(number, _put(number, _active(number)",
    ),
    Bug("freeze", "Parties.sol", "withFrozen(frozen)", "withFrozen(!frozen)"),
    Bug(
        "bar",
        "Parties.sol",
        "function bar(uint32 number, bool barred) external onlyOwner",
        "function bar(uint32 number, bool barred) external",
    ),
    Bug("setLimits", "LimitsRules.sol", "limits_.maxHops() == 0 || ", ""),
    Bug("setState", "Parties.sol", "if (state > STATE_HALTED) revert StateInvalid(state);", ""),
    Bug(
        "setFingerprintKey",
        "Parties.sol",
        "if (_fingerprintKeys[version] != 0) revert FingerprintKeyAlreadySet(version);",
        "",
    ),
    Bug(
        "transferOwnership",
        "Parties.sol",
        "function renounceOwnership()",
        "function transferOwnership(address to) public override onlyOwner { _transferOwnership(to); }"
        "function renounceOwnership()",
    ),
    Bug(
        "acceptOwnership",
        "Parties.sol",
        "function renounceOwnership()",
        "function acceptOwnership() public override { _transferOwnership(msg.sender); }"
        "function renounceOwnership()",
    ),
    Bug("renounceOwnership", "Parties.sol", "revert OwnableInvalidOwner(address(0));", ""),
    Bug("setKey", "Parties.sol", "_requireSignature(key, message, consents);", ""),
    Bug(
        "revokeKey",
        "Parties.sol",
        "|| key == party_.account()) revert KeyUnknown(key)",
        ") revert KeyUnknown(key)",
    ),
    Bug(
        "setQuota",
        "Parties.sol",
        "emit QuotaSet(number, currency, Obligation.unwrap(word), _put(number, party_.raiseNonce()))",
        "emit QuotaSet(number, currency, Obligation.unwrap(word), _put(number, party_))",
    ),
    # Recoveries
    Bug("proposeAccount", "Recoveries.sol", "WAIT = 7 days", "WAIT = 6 days"),
    Bug("vetoAccount", "Recoveries.sol", "party_.withVeto().raiseNonce()", "party_.raiseNonce()"),
    Bug(
        "takeAccount",
        "Recoveries.sol",
        "if (party_.epoch() == type(uint8).max) revert EpochExhausted(number);",
        "",
    ),
    Bug("setArbiter", "Recoveries.sol", "if (arbiter == address(0)) revert ZeroAddress();", ""),
)
