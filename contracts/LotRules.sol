// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consents} from "./Consents.sol";
import {ILots} from "./interfaces/ILots.sol";
import {Limits, STATE_HALTED} from "./types/Limits.sol";
import {LOT_FREE, LOT_REDEEMED, Lot} from "./types/Lot.sol";
import {Facts, Obligation} from "./types/Receivable.sol";

/// @title What several acts ask of a lot, and how one shrinks.
abstract contract LotRules is Consents, ILots {
    /// @dev Shows a move to explorers.
    function _announce(address from, address to, uint256 lot) internal {
        emit Transfer(from, to, lot);
    }

    /// @dev Where the arbiter may have moved the lot to the very party that now takes it: no title moves then.
    function _announceIfMoved(address from, address to, uint256 lot) internal {
        if (from != to) _announce(from, to, lot);
    }

    function _live(uint256 id) internal view returns (Lot lot) {
        lot = _lots[id];
        if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
        if (lot.status() == LOT_REDEEMED) revert LotRedeemed(id);
    }

    function _free(uint256 id) internal view returns (Lot lot) {
        lot = _lots[id];
        if (lot.status() != LOT_FREE) {
            if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
            revert LotNotFree(id, lot.status());
        }
    }

    function _runningLimits() internal view returns (Limits limits_) {
        limits_ = _limits;
        if (limits_.state() >= STATE_HALTED) revert Halted();
    }

    function _unsuspended(Lot lot) internal view returns (Facts facts_) {
        facts_ = _facts[lot.receivable()];
        if (facts_.isSuspended()) revert ReceivableSuspended(lot.receivable());
    }

    /// @dev From the maturity on, what depends on it having come: its last second before belongs to what ends there.
    function _requireMature(uint256 id, Facts facts_) internal view {
        if (block.timestamp < facts_.maturity()) revert NotMature(id, facts_.maturity());
    }

    /// @dev seq is the replay nonce: the act that uses it raises it by one.
    function _usableSeq(uint256 id, Lot lot) internal pure returns (uint16 seq) {
        seq = lot.seq();
        if (seq == type(uint16).max) revert SeqExhausted(id);
    }

    /// @dev Lot, receivable and obligation fall together; at zero the lot is redeemed. The event is the caller's.
    function _reduce(uint256 id, Lot lot, Facts facts_, uint64 amount)
        internal
        returns (Lot rest, Facts facts, Obligation total)
    {
        facts = facts_.settle(amount);
        _facts[lot.receivable()] = facts;
        uint256 slot = _obligationSlot(facts.obligor(), facts.currency());
        total = _obligations[slot].settle(amount, facts.settled() == facts.face());
        _obligations[slot] = total;
        rest = lot.pay(amount);
        _lots[id] = rest;
    }

    function _announceIfRedeemed(uint256 id, Lot lot) internal {
        if (lot.status() == LOT_REDEEMED) _announce(_parties[lot.holder()].account(), address(0), id);
    }
}
