// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LotRules} from "./LotRules.sol";
import {IMetadata} from "./interfaces/IMetadata.sol";
import {IViews} from "./interfaces/IViews.sol";
import {Key, Party, Recovery} from "./types/Party.sol";
import {Limits} from "./types/Limits.sol";
import {Lot} from "./types/Lot.sol";
import {LotIds} from "./types/LotIds.sol";
import {Facts, InvoiceUse, Obligation} from "./types/Receivable.sol";

/// @title The state as it is stored, and lots as explorers show them.
abstract contract Views is LotRules, IViews {
    string public constant name = "Counterfoil";
    string public constant symbol = "LOT";

    address public immutable metadata;

    constructor(address metadata_) {
        metadata = metadata_;
    }

    function limits() external view returns (uint256) {
        return Limits.unwrap(_limits);
    }

    function party(uint32 number) external view returns (uint256) {
        return Party.unwrap(_parties[number]);
    }

    function recovery(uint32 number) external view returns (uint256) {
        return Recovery.unwrap(_recoveries[number]);
    }

    function partyOf(bytes32 identity) external view returns (uint32) {
        return _partyOf[identity];
    }

    function keyOf(address key) external view returns (uint256) {
        return Key.unwrap(_keyOf[key]);
    }

    function arbiter() external view returns (address) {
        return _arbiter;
    }

    function fingerprintKey(uint8 version) external view returns (bytes32) {
        return _fingerprintKeys[version];
    }

    function facts(uint64 receivable) external view returns (uint256) {
        return Facts.unwrap(_facts[receivable]);
    }

    function obligation(uint32 obligor, uint16 currency) external view returns (uint256) {
        return Obligation.unwrap(_obligations[_obligationSlot(obligor, currency)]);
    }

    function invoiceOf(bytes32 fingerprint) external view returns (uint256) {
        return InvoiceUse.unwrap(_invoiceOf[fingerprint]);
    }

    function lotOf(uint256 id) external view returns (uint256) {
        return Lot.unwrap(_lots[id]);
    }

    function childOf(uint256 parent, uint16 seq) external pure returns (uint256) {
        return LotIds.child(parent, seq);
    }

    function ownerOf(uint256 id) external view returns (address) {
        return _parties[_live(id).holder()].account();
    }

    /// @dev A redeemed lot still has a picture, which says so.
    function tokenURI(uint256 id) external view returns (string memory) {
        Lot lot = _lots[id];
        if (Lot.unwrap(lot) == 0) revert LotUnknown(id);
        return IMetadata(metadata).describe(id, Lot.unwrap(lot), Facts.unwrap(_facts[lot.receivable()]));
    }
}
