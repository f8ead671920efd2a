// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The contract's accounting and nothing else, small enough for a proof over calls without end.
/// @dev One obligor's receivables in one currency, any number of them, any number of lots, and one invoice. Who
/// may act, signatures and time are left out: whatever they forbid, less can happen. Sums over a mapping cannot be
/// said to the prover; so each is kept beside it as a ghost, changed by the same amount wherever a member of the
/// sum changes, and nowhere else.
contract Accounting {
    uint8 private constant FREE = 1;
    uint8 private constant LOCKED = 2;
    uint8 private constant FINANCED = 4;
    uint8 private constant REDEEMED = 5;

    struct Claim {
        bool registered;
        bool confirmed;
        uint64 face;
        uint64 settled;
        uint256 live; // ghost: the sum of its lots
    }

    struct Lot {
        uint8 status;
        uint64 receivable;
        uint64 amount;
        uint32 holder;
        uint32 funder;
        uint32 financings; // ghost: how often it was financed since it was last free
    }

    mapping(uint64 => Claim) private claims;
    mapping(uint256 => Lot) private lots;
    uint64 private immutable cap;
    uint64 private used;
    uint256 private outstanding;
    uint256 private left; // ghost: the sum of face - settled over confirmed receivables
    uint256 private uses; // ghost: the sum of the faces of receivables that are not declined
}
