// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";

/// @title Lots: parts of one confirmed receivable that pass between named parties.
/// @notice Shows lots to explorers with ERC-721's `Transfer`, `ownerOf`, `name` and `symbol`; claims no token standard.
interface ILots {
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event LotTransferred(uint256 indexed lot, uint256 lotWord);
    /// @notice The child's id is keccak256(parent, parent's seq before the act).
    event LotSplit(uint256 indexed parent, uint256 parentWord, uint256 childWord);
    event LotRejected(uint256 indexed lot, uint256 lotWord);
    event LotLocked(uint256 indexed lot, uint256 lotWord);
    event LotReleased(uint256 indexed lot, uint256 lotWord);
    event LotFinanced(uint256 indexed lot, uint256 lotWord, bytes32 termsHash);
    event LotSettled(
        uint256 indexed lot, uint256 lotWord, uint256 factsWord, uint256 obligationWord, bytes32 payment
    );

    error Halted();
    error ReceivableSuspended(uint64 receivable);
    error LotUnknown(uint256 lot);
    error LotNotFree(uint256 lot, uint8 status);
    error LotNotLocked(uint256 lot, uint8 status);
    error LotRedeemed(uint256 lot);
    error LotChanged(uint256 lot, uint256 lotWord);
    error SameParty(uint32 party);
    error AmountInvalid(uint64 amount, uint64 lotAmount);
    error BelowMinLot(uint64 amount, uint64 minLot);
    error HopLimit(uint256 lot);
    error SeqExhausted(uint256 lot);
    error RejectWindowOver(uint256 lot, uint32 until);
    error LockEndInvalid(uint32 until);
    error LockOver(uint256 lot, uint32 until);
    error LockNotOver(uint256 lot, uint32 until);
    error NotEntitled(uint256 lot, uint32 party);

    /// @notice The holder assigns a lot, whole or in part: `Transfer(lot, seq, lotAmount, to, amount)`.
    /// @return moved the lot itself, or the child lot a part makes
    function transfer(uint256 lot, uint32 to, uint64 amount, Consent[] calldata consents)
        external
        returns (uint256 moved);

    /// @notice The receiver gives a lot back as its next act within the window: `Rejection(lot, seq, lotAmount)`.
    function reject(uint256 lot, Consent[] calldata consents) external;

    /// @notice The holder holds a lot for one funder: `Lock(lot, seq, lotAmount, funder, until)`.
    /// @param until seconds; at most the maturity
    function lock(uint256 lot, uint32 funder, uint32 until, Consent[] calldata consents) external;

    /// @notice `by` is the funder at any time, or the holder from the lock's end: `Release(lot, seq, lotAmount)`.
    function release(uint256 lot, uint32 by, Consent[] calldata consents) external;

    /// @notice Holder and funder both sign
    /// `Sale(lot, seq, lotAmount, funder, withRecourse, pledge, termsHash)`; title passes to the funder.
    function finance(uint256 lot, bool withRecourse, bytes32 termsHash, Consent[] calldata consents) external;

    /// @notice Payment is recorded by the receivable's settler or by the holder's own receipt:
    /// `Settlement(lot, seq, lotAmount, payee, amount, payment)`.
    /// @param by the settler or the holder
    /// @param payee expected holder
    /// @param lotAmount expected amount of the lot
    /// @param payment hash of the payment's reference
    function settle(
        uint256 lot,
        uint32 by,
        uint32 payee,
        uint64 lotAmount,
        uint64 amount,
        bytes32 payment,
        Consent[] calldata consents
    ) external;

    function lotOf(uint256 lot) external view returns (uint256);
    function ownerOf(uint256 lot) external view returns (address);
    function childOf(uint256 parent, uint16 seq) external pure returns (uint256);
}
