// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LotRules} from "./LotRules.sol";
import {LotIds} from "./types/LotIds.sol";
import {ITransfers} from "./interfaces/ITransfers.sol";
import {Move} from "./types/Batch.sol";
import {Consent} from "./types/Consent.sol";
import {Limits} from "./types/Limits.sol";
import {Lot} from "./types/Lot.sol";
import {Party, SCOPE_TRANSFER} from "./types/Party.sol";
import {Facts} from "./types/Receivable.sol";

/// @title Lots pass on, whole or in part, and back.
abstract contract Transfers is LotRules, ITransfers {
    bytes32 private constant TRANSFER =
        keccak256("Transfer(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount,uint40 deadline)");
    bytes32 private constant TRANSFERS = keccak256(
        "Transfers(Move[] moves,uint40 deadline)Move(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount)"
    );
    bytes32 private constant MOVE =
        keccak256("Move(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount)");
    bytes32 private constant REJECTION =
        keccak256("Rejection(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");

    /// @inheritdoc ITransfers
    function transfer(uint256 id, uint32 to, uint64 amount, Consent[] calldata consents)
        external
        returns (uint256 moved)
    {
        Lot lot = _free(id);
        Limits limits_ = _runningLimits();
        Facts facts_ = _unsuspended(lot);
        uint32 holder = lot.holder();
        Party from = _active(holder);
        if (!_isSender(from)) {
            bytes memory message = abi.encode(TRANSFER, id, lot.seq(), lot.amount(), to, amount, uint256(0));
            _requireConsent(holder, from, SCOPE_TRANSFER, facts_.currency(), amount, message, consents);
        }
        return _move(id, lot, from, to, amount, limits_, facts_);
    }

    /// @inheritdoc ITransfers
    function transferMany(uint32 from, Move[] calldata moves, Consent[] calldata consents) external {
        if (moves.length == 0) revert BatchInvalid();
        Limits limits_ = _runningLimits();
        Party holder = _active(from);
        bytes32[] memory hashes = new bytes32[](moves.length);
        uint16 currency;
        uint256 total;
        for (uint256 i; i < moves.length; ++i) {
            Move calldata each = moves[i];
            Lot lot = _free(each.lot);
            if (lot.holder() != from) revert NotEntitled(each.lot, from);
            Facts facts_ = _unsuspended(lot);
            if (i == 0) currency = facts_.currency();
            else if (facts_.currency() != currency) revert BatchMixed(i);
            hashes[i] = keccak256(abi.encode(MOVE, each.lot, lot.seq(), lot.amount(), each.to, each.amount));
            total += each.amount;
            _move(each.lot, lot, holder, each.to, each.amount, limits_, facts_);
        }
        bytes memory message = _batchMessage(TRANSFERS, hashes);
        _requireConsent(from, holder, SCOPE_TRANSFER, currency, total, message, consents);
    }

    /// @inheritdoc ITransfers
    function reject(uint256 id, Consent[] calldata consents) external {
        Lot lot = _free(id);
        // Only a transfer sets `until` on a free lot, and never past the maturity.
        if (block.timestamp >= lot.until()) revert RejectWindowOver(id, lot.until());
        uint32 holder = lot.holder();
        Party from = _known(holder);
        bytes memory message;
        if (consents.length != 0) message = abi.encode(REJECTION, id, lot.seq(), lot.amount(), uint256(0));
        _requireConsent(
            holder, from, SCOPE_TRANSFER, _facts[lot.receivable()].currency(), lot.amount(), message, consents
        );

        _usableSeq(id, lot);
        lot = lot.giveBack();
        _lots[id] = lot;
        emit LotRejected(id, Lot.unwrap(lot));
        _announce(from.account(), _parties[lot.holder()].account(), id);
    }

    // ------------------------------------------------------------------ private

    /// @dev All that a transfer asks besides the sender's consent, and its effect.
    function _move(uint256 id, Lot lot, Party from, uint32 to, uint64 amount, Limits limits_, Facts facts_)
        private
        returns (uint256 moved)
    {
        uint64 whole = lot.amount();
        unchecked {
            // In one comparison: 0 less 1 is more than any amount.
            if (uint256(amount) - 1 >= whole) revert AmountInvalid(amount, whole);
        }
        if (to == lot.holder()) revert SameParty(to);
        if (lot.hops() >= limits_.maxHops()) revert HopLimit(id);
        address receiver = _active(to).account();
        uint32 until = _rejectUntil(limits_, facts_);
        uint16 seq = _usableSeq(id, lot);
        if (amount == whole) {
            lot = lot.passOn(to, until);
            _lots[id] = lot;
            emit LotTransferred(id, Lot.unwrap(lot));
            _announce(from.account(), receiver, id);
            return id;
        }
        uint64 minLot = limits_.minLot();
        unchecked {
            if (amount < minLot || whole - amount < minLot) revert BelowMinLot(amount, minLot);
        }
        moved = LotIds.child(id, seq);
        Lot part = lot.part(to, amount, until);
        lot = lot.rest(amount);
        _lots[moved] = part;
        _lots[id] = lot;
        emit LotSplit(id, Lot.unwrap(lot), Lot.unwrap(part));
        _announce(address(0), receiver, moved);
    }

    /// @dev The window closes at the maturity: from then on a claim is paid, not given back.
    function _rejectUntil(Limits limits_, Facts facts_) private view returns (uint32) {
        uint256 maturity = facts_.maturity();
        unchecked {
            uint256 end = block.timestamp + limits_.rejectWindow();
            return uint32(end < maturity ? end : maturity);
        }
    }
}
