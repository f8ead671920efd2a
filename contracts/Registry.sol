// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Lots} from "./Lots.sol";
import {Limits} from "./types/Limits.sol";

/// @title Counterfoil's registry of receivables: the one deployed contract. Immutable; holds no money.
contract Registry is Lots {
    string public constant name = "Counterfoil";
    string public constant symbol = "LOT";

    /// @param limits_ packed as in types/Limits.sol
    /// @param operator admits parties; can act for none of them
    /// @param arbiter_ replaced only by itself
    constructor(Limits limits_, address operator, address arbiter_)
        EIP712("Counterfoil", "1")
        Ownable(operator)
    {
        if (arbiter_ == address(0)) revert ZeroAddress();
        _arbiter = arbiter_;
        _setLimits(limits_);
    }
}
