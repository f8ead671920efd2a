// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One key's signature over an act's EIP-712 message; every message ends with this deadline (seconds).
/// @dev The sender of a transaction consents by sending it and needs no entry. A list may hold the keys of several
/// parties and a second key of one party (four eyes).
struct Consent {
    address signer;
    uint40 deadline;
    bytes signature;
}
