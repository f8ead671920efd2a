// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Store} from "./Store.sol";
import {Limits} from "./types/Limits.sol";

/// @title The limits, set at deployment and by the operator.
abstract contract LimitsRules is Store {
    event LimitsSet(uint256 limitsWord);

    error LimitsInvalid();

    function _storeLimits(Limits limits_) internal {
        // Without a tenor, a hop or a time to confirm nothing could ever be issued: surely a slip.
        if (limits_.maxTenor() == 0 || limits_.maxHops() == 0 || limits_.expiry() == 0) revert LimitsInvalid();
        _limits = limits_;
        emit LimitsSet(Limits.unwrap(limits_));
    }
}
