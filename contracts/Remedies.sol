// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReceivableRules} from "./ReceivableRules.sol";
import {IRemedies} from "./interfaces/IRemedies.sol";
import {Consent} from "./types/Consent.sol";
import {LOT_FINANCED, LOT_PLEDGED, Lot} from "./types/Lot.sol";
import {Party, ROLE_FUNDER, SCOPE_CONFIRM, SCOPE_FINANCE, SCOPE_SETTLE, SCOPE_TRANSFER} from "./types/Party.sol";
import {Facts, Obligation} from "./types/Receivable.sol";

/// @title What happens when things go wrong: disputes, suspension, enforcement, recourse, loss.
abstract contract Remedies is ReceivableRules, IRemedies {
    bytes32 private constant CONTEST = keccak256(
        "Contest(uint64 receivable,uint256 lot,uint32 party,uint8 code,bytes32 evidence,uint32 nonce,uint40 deadline)"
    );
    bytes32 private constant ENFORCEMENT =
        keccak256("Enforcement(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant REASSIGNMENT = keccak256(
        "Reassignment(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,bytes32 termsHash,uint40 deadline)"
    );
    bytes32 private constant PUT_BACK =
        keccak256("PutBack(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant WRITE_OFF = keccak256(
        "WriteOff(uint256 lot,uint16 seq,uint64 lotAmount,uint64 amount,bytes32 reason,uint40 deadline)"
    );

    uint8 private constant LAST_CODE = 6;

    // ------------------------------------------------------------------ disputes

    /// @inheritdoc IRemedies
    function contest(
        uint64 receivable,
        uint256 id,
        uint32 by,
        uint8 code,
        bytes32 evidence,
        Consent[] calldata consents
    ) external {
        if (code == 0 || code > LAST_CODE) revert CodeInvalid(code);
        Facts facts_ = _confirmed(receivable);
        bool isObligor = by == facts_.obligor();
        if (id != 0 || !isObligor) {
            Lot lot = _live(id);
            if (lot.receivable() != receivable || (!isObligor && lot.holder() != by)) revert NotEntitled(id, by);
        }
        Party party_ = _known(by);
        bytes memory message =
            abi.encode(CONTEST, receivable, id, by, code, evidence, party_.nonce(), uint256(0));
        // Nothing moves, so no cap applies, and frozen or expired parties are heard too.
        uint16 scope = isObligor ? SCOPE_CONFIRM : SCOPE_TRANSFER;
        _requireConsent(by, party_, scope, facts_.currency(), 0, message, consents);
        party_ = party_.raiseNonce();
        _parties[by] = party_;
        emit ReceivableContested(receivable, by, id, code, evidence, Party.unwrap(party_));
    }

    /// @inheritdoc IRemedies
    function suspend(uint64 receivable, bytes32 reason) external {
        _setSuspended(receivable, true, reason);
    }

    /// @inheritdoc IRemedies
    function resume(uint64 receivable, bytes32 reason) external {
        _setSuspended(receivable, false, reason);
    }

    /// @inheritdoc IRemedies
    function forcedTransfer(uint256 id, uint32 to, bytes32 reason) external {
        _requireArbiter();
        Lot lot = _live(id);
        uint32 from = lot.holder();
        if (to == from) revert SameParty(to);
        Party receiver = _active(to);
        lot = lot.force(to);
        _lots[id] = lot;
        emit LotForced(id, Lot.unwrap(lot), reason);
        _announce(_parties[from].account(), receiver.account(), id);
    }

    // ------------------------------------------------------------------ a funder's remedies

    /// @inheritdoc IRemedies
    function enforce(uint256 id, Consent[] calldata consents) external {
        Lot lot = _lots[id];
        if (lot.status() != LOT_PLEDGED) {
            if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
            revert LotNotPledged(id, lot.status());
        }
        _runningLimits();
        Facts facts_ = _unsuspended(lot);
        _requireMature(id, facts_);
        uint32 funder = lot.peer();
        Party pledgee = _active(funder);
        _requireLotConsent(ENFORCEMENT, id, lot, funder, pledgee, facts_.currency(), consents);

        _usableSeq(id, lot);
        address pledgor = _parties[lot.holder()].account();
        lot = lot.enforce();
        _lots[id] = lot;
        emit LotEnforced(id, Lot.unwrap(lot));
        _announceIfMoved(pledgor, pledgee.account(), id);
    }

    /// @inheritdoc IRemedies
    function reassign(uint256 id, uint32 to, bytes32 termsHash, Consent[] calldata consents) external {
        Lot lot = _financed(id);
        _runningLimits();
        uint16 currency = _unsuspended(lot).currency();
        uint32 holder = lot.holder();
        if (to == holder) revert SameParty(to);
        Party from = _active(holder);
        Party receiver = _active(to);
        _requireRole(to, receiver, ROLE_FUNDER);
        uint64 amount = lot.amount();
        bytes memory message = abi.encode(REASSIGNMENT, id, lot.seq(), amount, to, termsHash, uint256(0));
        _requireConsent(holder, from, SCOPE_FINANCE, currency, amount, message, consents);
        _requireConsent(to, receiver, SCOPE_FINANCE, currency, amount, message, consents);

        _usableSeq(id, lot);
        lot = lot.reassign(to);
        _lots[id] = lot;
        emit LotReassigned(id, Lot.unwrap(lot), termsHash);
        _announce(from.account(), receiver.account(), id);
    }

    /// @inheritdoc IRemedies
    function putBack(uint256 id, Consent[] calldata consents) external {
        Lot lot = _financed(id);
        if (lot.peer() == 0) revert NoRecourse(id);
        Facts facts_ = _facts[lot.receivable()];
        _requireMature(id, facts_);
        // Backwards: whatever the state of receivable and registry, and of both parties.
        Party from = _known(lot.holder());
        _requireLotConsent(PUT_BACK, id, lot, lot.holder(), from, facts_.currency(), consents);

        _usableSeq(id, lot);
        lot = lot.putBack();
        _lots[id] = lot;
        emit LotPutBack(id, Lot.unwrap(lot));
        _announceIfMoved(from.account(), _parties[lot.holder()].account(), id);
    }

    /// @inheritdoc IRemedies
    function writeOff(uint256 id, uint64 amount, bytes32 reason, Consent[] calldata consents) external {
        Lot lot = _live(id);
        uint64 whole = lot.amount();
        if (amount == 0 || amount > whole) revert AmountInvalid(amount, whole);
        _usableSeq(id, lot);
        Facts facts_ = _facts[lot.receivable()];
        bytes memory message = abi.encode(WRITE_OFF, id, lot.seq(), whole, amount, reason, uint256(0));
        uint32 by = lot.holder();
        _requireConsent(by, _unfrozen(by), SCOPE_SETTLE, facts_.currency(), amount, message, consents);
        if (lot.status() == LOT_PLEDGED) {
            by = lot.peer();
            _requireConsent(by, _unfrozen(by), SCOPE_SETTLE, facts_.currency(), amount, message, consents);
        }
        Obligation total;
        (lot, facts_, total) = _reduce(id, lot.raiseSeq(), facts_, amount);
        emit LotWrittenOff(id, Lot.unwrap(lot), Facts.unwrap(facts_), Obligation.unwrap(total), reason);
        _announceIfRedeemed(id, lot);
    }

    // ------------------------------------------------------------------ private

    function _setSuspended(uint64 receivable, bool suspended, bytes32 reason) private {
        _requireArbiter();
        Facts facts_ = _confirmed(receivable).withSuspended(suspended);
        _facts[receivable] = facts_;
        emit SuspensionSet(receivable, Facts.unwrap(facts_), reason);
    }

    function _financed(uint256 id) private view returns (Lot lot) {
        lot = _lots[id];
        if (lot.status() != LOT_FINANCED) {
            if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
            revert LotNotFinanced(id, lot.status());
        }
    }

    /// @dev For acts whose message names the lot and nothing else.
    function _requireLotConsent(
        bytes32 typeHash,
        uint256 id,
        Lot lot,
        uint32 number,
        Party party_,
        uint16 currency,
        Consent[] calldata consents
    ) private view {
        uint64 amount = lot.amount();
        bytes memory message = abi.encode(typeHash, id, lot.seq(), amount, uint256(0));
        _requireConsent(number, party_, SCOPE_FINANCE, currency, amount, message, consents);
    }
}
