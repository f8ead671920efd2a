// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {Annex} from "./Annex.sol";
import {Financing} from "./Financing.sol";
import {LimitsRules} from "./LimitsRules.sol";
import {Metadata} from "./Metadata.sol";
import {Receivables} from "./Receivables.sol";
import {Settlement} from "./Settlement.sol";
import {Transfers} from "./Transfers.sol";
import {Limits} from "./types/Limits.sol";

/// @title Counterfoil's registry of receivables. Immutable; holds no money.
/// @notice The frequent acts are here; all others are the annex's code, run as this contract's own.
contract Registry is Receivables, Transfers, Financing, Settlement, LimitsRules {
    /// @dev Where the annex, with all acts of the operator, keeps its owner and the one to come (Ownable2Step).
    address private _owner;
    address private _pendingOwner;

    address private immutable _annex;

    /// @param limits_ packed as in types/Limits.sol
    /// @param operator admits parties; can act for none of them
    /// @param arbiter_ replaced only by itself
    constructor(Limits limits_, address operator, address arbiter_)
        EIP712("Counterfoil", "1")
    {
        if (operator == address(0) || arbiter_ == address(0)) revert ZeroAddress();
        _owner = operator;
        emit Ownable.OwnershipTransferred(address(0), operator);
        _arbiter = arbiter_;
        _storeLimits(limits_);
        _annex = address(new Annex(address(new Metadata())));
    }

    /// @dev Every act and view that is not above.
    fallback() external {
        address annex = _annex;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), annex, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(done) { revert(free, returndatasize()) }
            return(free, returndatasize())
        }
    }
}
