// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Move} from "../types/Batch.sol";
import {Consent} from "../types/Consent.sol";

/// @title Lots pass on, whole or in part, and may be given back for a while.
interface ITransfers {
    event LotTransferred(uint256 indexed lot, uint256 lotWord);
    /// @notice The child's id is keccak256(parent, parent's seq before the act).
    event LotSplit(uint256 indexed parent, uint256 parentWord, uint256 childWord);
    event LotRejected(uint256 indexed lot, uint256 lotWord);

    error BelowMinLot(uint64 amount, uint64 minLot);
    error HopLimit(uint256 lot);
    error RejectWindowOver(uint256 lot, uint32 until);

    /// @notice The holder assigns a lot, whole or in part: `Transfer(lot, seq, lotAmount, to, amount)`.
    /// @return moved the lot itself, or the child lot a part makes
    function transfer(uint256 lot, uint32 to, uint64 amount, Consent[] calldata consents)
        external
        returns (uint256 moved);

    /// @notice Several transfers of one holder and currency under one signature, in their order:
    /// `Transfers(Move(lot, seq, lotAmount, to, amount)[])`.
    function transferMany(uint32 from, Move[] calldata moves, Consent[] calldata consents) external;

    /// @notice The receiver gives a lot back as its next act within the window: `Rejection(lot, seq, lotAmount)`.
    function reject(uint256 lot, Consent[] calldata consents) external;
}
