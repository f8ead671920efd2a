// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LotRules} from "./LotRules.sol";
import {IFinancing} from "./interfaces/IFinancing.sol";
import {Consent} from "./types/Consent.sol";
import {LOT_LOCKED, LOT_PLEDGED, Lot} from "./types/Lot.sol";
import {Party, ROLE_FUNDER, SCOPE_FINANCE} from "./types/Party.sol";
import {Facts} from "./types/Receivable.sol";

/// @title Lots are held for a funder, then sold or pledged to it.
abstract contract Financing is LotRules, IFinancing {
    bytes32 private constant LOCK =
        keccak256("Lock(uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,uint32 until,uint40 deadline)");
    bytes32 private constant RELEASE =
        keccak256("Release(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant SALE = keccak256(
        "Sale(uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,bool withRecourse,bool pledge,bytes32 termsHash,uint40 deadline)"
    );

    /// @inheritdoc IFinancing
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

    /// @inheritdoc IFinancing
    function release(uint256 id, uint32 by, Consent[] calldata consents) external {
        Lot lot = _lots[id];
        bool isPledged = lot.status() == LOT_PLEDGED;
        if (!isPledged) _requireLocked(id, lot);
        if (by != lot.peer()) {
            if (by != lot.holder() || isPledged) revert NotEntitled(id, by);
            if (block.timestamp < lot.until()) revert LockNotOver(id, lot.until());
        }
        bytes memory message;
        if (consents.length != 0) message = abi.encode(RELEASE, id, lot.seq(), lot.amount(), uint256(0));
        // A lock's end gives nothing away, so neither frozen nor expired parties may keep a lot locked; a pledge's
        // end gives up security. No title moves, so no cap applies.
        Party releaser = isPledged ? _unfrozen(by) : _known(by);
        _requireConsent(by, releaser, SCOPE_FINANCE, 0, 0, message, consents);

        lot = lot.unlock();
        _lots[id] = lot;
        emit LotReleased(id, Lot.unwrap(lot));
    }

    /// @inheritdoc IFinancing
    function finance(uint256 id, bool withRecourse, bool pledge, bytes32 termsHash, Consent[] calldata consents)
        external
    {
        Lot lot = _lots[id];
        _requireLocked(id, lot);
        if (block.timestamp >= lot.until()) revert LockOver(id, lot.until());
        _runningLimits();
        (address seller, address buyer) = _requireSale(id, lot, withRecourse, pledge, termsHash, consents);
        _usableSeq(id, lot);
        lot = pledge ? lot.pledge() : lot.sell(withRecourse);
        _lots[id] = lot;
        emit LotFinanced(id, Lot.unwrap(lot), termsHash);
        if (!pledge) _announceIfMoved(seller, buyer, id);
    }

    // ------------------------------------------------------------------ private

    function _requireLocked(uint256 id, Lot lot) private pure {
        if (lot.status() != LOT_LOCKED) {
            if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
            revert LotNotLocked(id, lot.status());
        }
    }

    function _requireSale(
        uint256 id,
        Lot lot,
        bool withRecourse,
        bool pledge,
        bytes32 termsHash,
        Consent[] calldata consents
    ) private view returns (address, address) {
        bytes memory message;
        if (consents.length != 0) {
            message = abi.encode(
                SALE, id, lot.seq(), lot.amount(), lot.peer(), withRecourse, pledge, termsHash, uint256(0)
            );
        }
        Party seller = _active(lot.holder());
        Party buyer = _active(lot.peer());
        _requireRole(lot.peer(), buyer, ROLE_FUNDER);
        uint16 currency = _unsuspended(lot).currency();
        _requireConsent(lot.holder(), seller, SCOPE_FINANCE, currency, lot.amount(), message, consents);
        _requireConsent(lot.peer(), buyer, SCOPE_FINANCE, currency, lot.amount(), message, consents);
        return (seller.account(), buyer.account());
    }
}
