// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Lineage by hashing alone.
library LotIds {
    /// @param seq the parent's before the split
    function child(uint256 parent, uint256 seq) internal pure returns (uint256 id) {
        assembly ("memory-safe") {
            mstore(0x00, parent)
            mstore(0x20, seq)
            id := keccak256(0x00, 0x40)
        }
    }
}
