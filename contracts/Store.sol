// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Limits} from "./types/Limits.sol";
import {Key, Party, Recovery} from "./types/Party.sol";
import {Facts, InvoiceUse, Obligation} from "./types/Receivable.sol";
import {Lot} from "./types/Lot.sol";

/// @title The state, one slot each, before any inherited contract's own storage.
abstract contract Store {
    Limits internal _limits;
    mapping(uint32 number => Party) internal _parties;
    mapping(uint32 number => Recovery) internal _recoveries;
    address internal _arbiter;
    mapping(bytes32 identity => uint32 number) internal _partyOf;
    mapping(address key => Key) internal _keyOf;
    mapping(uint256 obligorAndCurrency => Obligation) internal _obligations;
    mapping(uint64 receivable => Facts) internal _facts;
    mapping(uint256 lot => Lot) internal _lots;
    mapping(bytes32 fingerprint => InvoiceUse) internal _invoiceOf;
    mapping(uint8 version => bytes32) internal _fingerprintKeys;

    function _obligationSlot(uint32 obligor, uint16 currency) internal pure returns (uint256) {
        return (uint256(obligor) << 16) | currency;
    }
}
