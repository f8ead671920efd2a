// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Receivables} from "./Receivables.sol";
import {ILots} from "./interfaces/ILots.sol";
import {Consent} from "./types/Consent.sol";
import {Limits, STATE_HALTED} from "./types/Limits.sol";
import {LOT_FREE, LOT_LOCKED, LOT_REDEEMED, Lot} from "./types/Lot.sol";
import {Party, ROLE_FUNDER, SCOPE_FINANCE, SCOPE_SETTLE, SCOPE_TRANSFER} from "./types/Party.sol";
import {Facts, Obligation} from "./types/Receivable.sol";

/// @title Lots: passed on whole or in part, locked, financed, settled.
abstract contract Lots is Receivables, ILots {
    bytes32 private constant TRANSFER =
        keccak256("Transfer(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount,uint40 deadline)");
    bytes32 private constant REJECTION =
        keccak256("Rejection(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant LOCK =
        keccak256("Lock(uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,uint32 until,uint40 deadline)");
    bytes32 private constant RELEASE =
        keccak256("Release(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant SALE = keccak256(
        "Sale(uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,bool withRecourse,bool pledge,bytes32 termsHash,uint40 deadline)"
    );
    bytes32 private constant SETTLEMENT = keccak256(
        "Settlement(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment,uint40 deadline)"
    );

    /// @inheritdoc ILots
    function transfer(uint256 id, uint32 to, uint64 amount, Consent[] calldata consents)
        external
        returns (uint256 moved)
    {
        Lot lot = _free(id);
        if (amount == 0 || amount > lot.amount()) revert AmountInvalid(amount, lot.amount());
        if (to == lot.holder()) revert SameParty(to);
        Limits limits_ = _runningLimits();
        if (lot.hops() >= limits_.maxHops()) revert HopLimit(id);
        Facts facts_ = _unsuspended(lot);
        Party from = _active(lot.holder());
        Party receiver = _active(to);
        bytes memory message;
        if (consents.length != 0) message = _transferMessage(id, lot, to, amount);
        _requireConsent(lot.holder(), from, SCOPE_TRANSFER, facts_.currency(), amount, message, consents);

        if (amount == lot.amount()) {
            moved = id;
            _passOn(id, lot, to, _rejectUntil(limits_, facts_));
            _announce(from.account(), receiver.account(), id);
        } else {
            moved = _split(id, lot, to, amount, _rejectUntil(limits_, facts_), limits_.minLot());
            _announce(address(0), receiver.account(), moved);
        }
    }

    /// @inheritdoc ILots
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

    /// @inheritdoc ILots
    function lock(uint256 id, uint32 funder, uint32 until, Consent[] calldata consents) external {
        Lot lot = _free(id);
        _runningLimits();
        Facts facts_ = _unsuspended(lot);
        uint32 holder = lot.holder();
        if (funder == holder) revert SameParty(funder);
        if (until <= block.timestamp || until > facts_.maturity()) revert LockEndInvalid(until);
        Party from = _active(holder);
        _requireRole(funder, _active(funder), ROLE_FUNDER);
        bytes memory message;
        if (consents.length != 0) {
            message = abi.encode(LOCK, id, lot.seq(), lot.amount(), funder, until, uint256(0));
        }
        _requireConsent(holder, from, SCOPE_FINANCE, facts_.currency(), lot.amount(), message, consents);

        _usableSeq(id, lot);
        lot = lot.lockFor(funder, until);
        _lots[id] = lot;
        emit LotLocked(id, Lot.unwrap(lot));
    }

    /// @inheritdoc ILots
    function release(uint256 id, uint32 by, Consent[] calldata consents) external {
        Lot lot = _locked(id);
        if (by != lot.peer()) {
            if (by != lot.holder()) revert NotEntitled(id, by);
            if (block.timestamp < lot.until()) revert LockNotOver(id, lot.until());
        }
        bytes memory message;
        if (consents.length != 0) message = abi.encode(RELEASE, id, lot.seq(), lot.amount(), uint256(0));
        // Nothing moves, so no cap applies; neither frozen nor expired parties may keep a lot locked.
        _requireConsent(by, _known(by), SCOPE_FINANCE, 0, 0, message, consents);

        lot = lot.unlock();
        _lots[id] = lot;
        emit LotReleased(id, Lot.unwrap(lot));
    }

    /// @inheritdoc ILots
    function finance(uint256 id, bool withRecourse, bytes32 termsHash, Consent[] calldata consents) external {
        Lot lot = _locked(id);
        if (block.timestamp >= lot.until()) revert LockOver(id, lot.until());
        _runningLimits();
        bytes memory message;
        if (consents.length != 0) message = _saleMessage(id, lot, withRecourse, termsHash);
        Party seller = _active(lot.holder());
        Party buyer = _active(lot.peer());
        _requireRole(lot.peer(), buyer, ROLE_FUNDER);
        uint16 currency = _unsuspended(lot).currency();
        _requireConsent(lot.holder(), seller, SCOPE_FINANCE, currency, lot.amount(), message, consents);
        _requireConsent(lot.peer(), buyer, SCOPE_FINANCE, currency, lot.amount(), message, consents);
        _usableSeq(id, lot);
        lot = lot.sell(withRecourse);
        _lots[id] = lot;
        emit LotFinanced(id, Lot.unwrap(lot), termsHash);
        _announce(seller.account(), buyer.account(), id);
    }

    /// @inheritdoc ILots
    function settle(
        uint256 id,
        uint32 by,
        uint32 payee,
        uint64 lotAmount,
        uint64 amount,
        bytes32 payment,
        Consent[] calldata consents
    ) external {
        Lot lot = _live(id);
        if (payee != lot.holder() || lotAmount != lot.amount()) revert LotChanged(id, Lot.unwrap(lot));
        if (amount == 0 || amount > lotAmount) revert AmountInvalid(amount, lotAmount);
        Facts facts_ = _facts[lot.receivable()];
        if (by != payee && (by == 0 || by != facts_.settler())) revert NotEntitled(id, by);
        bytes memory message;
        if (consents.length != 0) message = _settlementMessage(id, lot, amount, payment);
        Party recorder = _known(by);
        if (recorder.isFrozen()) revert PartyFrozen(by);
        _requireConsent(by, recorder, SCOPE_SETTLE, facts_.currency(), amount, message, consents);
        _settle(id, lot, facts_, amount, payment);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ILots
    function lotOf(uint256 id) external view returns (uint256) {
        return Lot.unwrap(_lots[id]);
    }

    /// @inheritdoc ILots
    function ownerOf(uint256 id) external view returns (address) {
        return _parties[_live(id).holder()].account();
    }

    /// @inheritdoc ILots
    function childOf(uint256 parent, uint16 seq) external pure returns (uint256) {
        return _childOf(parent, seq);
    }

    function _announce(address from, address to, uint256 lot) internal override {
        emit Transfer(from, to, lot);
    }

    // ------------------------------------------------------------------ private

    function _transferMessage(uint256 id, Lot lot, uint32 to, uint64 amount) private pure returns (bytes memory) {
        return abi.encode(TRANSFER, id, lot.seq(), lot.amount(), to, amount, uint256(0));
    }

    /// @dev `pledge` is signed as false: this act is a sale.
    function _saleMessage(uint256 id, Lot lot, bool withRecourse, bytes32 termsHash)
        private
        pure
        returns (bytes memory)
    {
        return abi.encode(
            SALE, id, lot.seq(), lot.amount(), lot.peer(), withRecourse, false, termsHash, uint256(0)
        );
    }

    function _settlementMessage(uint256 id, Lot lot, uint64 amount, bytes32 payment)
        private
        pure
        returns (bytes memory)
    {
        return abi.encode(SETTLEMENT, id, lot.seq(), lot.amount(), lot.holder(), amount, payment, uint256(0));
    }

    function _passOn(uint256 id, Lot lot, uint32 to, uint32 until) private {
        _usableSeq(id, lot);
        lot = lot.passOn(to, until);
        _lots[id] = lot;
        emit LotTransferred(id, Lot.unwrap(lot));
    }

    function _split(uint256 id, Lot lot, uint32 to, uint64 amount, uint32 until, uint64 minLot)
        private
        returns (uint256 childId)
    {
        if (amount < minLot || lot.amount() - amount < minLot) revert BelowMinLot(amount, minLot);
        childId = _childOf(id, _usableSeq(id, lot));
        Lot child = lot.part(to, amount, until);
        lot = lot.rest(amount);
        _lots[childId] = child;
        _lots[id] = lot;
        emit LotSplit(id, Lot.unwrap(lot), Lot.unwrap(child));
    }

    /// @dev Never raises seq: a lot at its last seq can still be paid. The amount named makes replay impossible.
    function _settle(uint256 id, Lot lot, Facts facts_, uint64 amount, bytes32 payment) private {
        facts_ = facts_.settle(amount);
        _facts[lot.receivable()] = facts_;
        uint256 slot = _obligationSlot(facts_.obligor(), facts_.currency());
        Obligation total = _obligations[slot].settle(amount, facts_.settled() == facts_.face());
        _obligations[slot] = total;

        lot = lot.pay(amount);
        _lots[id] = lot;
        emit LotSettled(id, Lot.unwrap(lot), Facts.unwrap(facts_), Obligation.unwrap(total), payment);
        if (lot.status() == LOT_REDEEMED) _announce(_parties[lot.holder()].account(), address(0), id);
    }

    function _live(uint256 id) private view returns (Lot lot) {
        lot = _lots[id];
        if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
        if (lot.status() == LOT_REDEEMED) revert LotRedeemed(id);
    }

    function _free(uint256 id) private view returns (Lot lot) {
        lot = _lots[id];
        if (lot.status() != LOT_FREE) {
            if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
            revert LotNotFree(id, lot.status());
        }
    }

    function _locked(uint256 id) private view returns (Lot lot) {
        lot = _lots[id];
        if (lot.status() != LOT_LOCKED) {
            if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
            revert LotNotLocked(id, lot.status());
        }
    }

    function _runningLimits() private view returns (Limits limits_) {
        limits_ = _limits;
        if (limits_.state() >= STATE_HALTED) revert Halted();
    }

    function _unsuspended(Lot lot) private view returns (Facts facts_) {
        facts_ = _facts[lot.receivable()];
        if (facts_.isSuspended()) revert ReceivableSuspended(lot.receivable());
    }

    /// @dev seq is the replay nonce: the act that uses it raises it by one.
    function _usableSeq(uint256 id, Lot lot) private pure returns (uint16 seq) {
        seq = lot.seq();
        if (seq == type(uint16).max) revert SeqExhausted(id);
    }

    /// @dev The window closes at the maturity: from then on a claim is paid, not given back.
    function _rejectUntil(Limits limits_, Facts facts_) private view returns (uint32) {
        uint256 end = block.timestamp + limits_.rejectWindow();
        uint32 maturity = facts_.maturity();
        return end < maturity ? uint32(end) : maturity;
    }

    function _childOf(uint256 parent, uint256 seq) private pure returns (uint256 child) {
        assembly ("memory-safe") {
            mstore(0x00, parent)
            mstore(0x20, seq)
            child := keccak256(0x00, 0x40)
        }
    }
}
