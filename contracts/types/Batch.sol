// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One transfer of several under one signature. What is signed also names the lot's seq and amount as they
/// stand when the move's turn comes: `Move(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount)`.
struct Move {
    uint256 lot;
    uint32 to;
    uint64 amount;
}

/// @notice One payment of several under one signature; what is signed also names the lot's seq.
struct Payment {
    uint256 lot;
    uint32 payee;
    uint64 lotAmount;
    uint64 amount;
    bytes32 payment;
}
