// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";
import {Terms} from "../types/Receivable.sol";

/// @title Receivables that come to nothing: their invoices are free again.
/// @notice In each, `later` holds per invoice: number 1 byte | fingerprints added by later registrations; it is empty
/// when there are none.
interface IEndings {
    event ReceivableDeclined(uint64 indexed receivable, uint256 factsWord, uint64 owed, bytes32 reason);
    event ReceivableWithdrawn(uint64 indexed receivable, uint256 factsWord, bytes32 reason);
    event ReceivableExpired(uint64 indexed receivable, uint256 factsWord);
    event ReceivableCanceled(
        uint64 indexed receivable,
        uint256 indexed rootLot,
        uint256 factsWord,
        uint256 lotWord,
        uint256 obligationWord,
        bytes32 reason
    );

    error ConfirmationPeriodNotOver(uint64 receivable, uint40 expires);
    error LotNotWhole(uint256 lot);

    /// @notice The obligor refuses an unconfirmed receivable and may say how much it owes:
    /// `Declinature(receivable, owed, reason)`.
    function decline(
        Terms calldata terms,
        uint64 owed,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external;

    /// @notice The originator takes an unconfirmed receivable back: `Withdrawal(receivable, reason)`.
    function withdraw(
        Terms calldata terms,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external;

    /// @notice Anyone clears an unconfirmed receivable away from its `expires` on.
    function expire(Terms calldata terms, bytes calldata invoices, bytes calldata later) external;

    /// @notice Obligor and originator undo a confirmed receivable while the originator holds its whole root lot free
    /// and nothing is settled: `Cancellation(receivable, seq, lotAmount, reason)` with the root lot's seq and amount.
    function cancel(
        Terms calldata terms,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external;
}
