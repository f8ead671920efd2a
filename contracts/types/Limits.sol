// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Slot 0, from the lowest bit: graded state 8 | max tenor days 16 | max hops 8 | reject window days 8 |
/// expiry days 8 | min lot 64.
type Limits is uint256;

using LimitsLib for Limits global;

// Graded state: each level forbids what the one before it does, and more.
uint8 constant STATE_OPEN = 0;
uint8 constant STATE_NO_NEW_RECEIVABLES = 1;
uint8 constant STATE_HALTED = 2;

library LimitsLib {
    uint256 private constant STATE_MASK = 0xff;

    function pack(uint8 state_, uint16 maxTenorDays_, uint8 maxHops_, uint8 rejectDays_, uint8 expiryDays_, uint64 minLot_)
        internal
        pure
        returns (Limits)
    {
        return Limits.wrap(
            uint256(state_) | (uint256(maxTenorDays_) << 8) | (uint256(maxHops_) << 24) | (uint256(rejectDays_) << 32)
                | (uint256(expiryDays_) << 40) | (uint256(minLot_) << 48)
        );
    }

    function state(Limits self) internal pure returns (uint8) {
        return uint8(Limits.unwrap(self));
    }

    function maxTenor(Limits self) internal pure returns (uint256) {
        unchecked {
            return uint256(uint16(Limits.unwrap(self) >> 8)) * 1 days;
        }
    }

    function maxHops(Limits self) internal pure returns (uint8) {
        return uint8(Limits.unwrap(self) >> 24);
    }

    function rejectWindow(Limits self) internal pure returns (uint256) {
        unchecked {
            return uint256(uint8(Limits.unwrap(self) >> 32)) * 1 days;
        }
    }

    function expiry(Limits self) internal pure returns (uint256) {
        unchecked {
            return uint256(uint8(Limits.unwrap(self) >> 40)) * 1 days;
        }
    }

    function minLot(Limits self) internal pure returns (uint64) {
        return uint64(Limits.unwrap(self) >> 48);
    }

    function withState(Limits self, uint8 state_) internal pure returns (Limits) {
        return Limits.wrap((Limits.unwrap(self) & ~STATE_MASK) | uint256(state_));
    }
}
