// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payment} from "../types/Batch.sol";
import {Consent} from "../types/Consent.sol";

/// @title Payments are recorded; at zero a lot is redeemed.
interface ISettlement {
    event LotSettled(
        uint256 indexed lot, uint256 lotWord, uint256 factsWord, uint256 obligationWord, bytes32 payment
    );

    error LotChanged(uint256 lot, uint256 lotWord);

    /// @notice Payment is recorded by the receivable's settler or by the holder's own receipt:
    /// `Settlement(lot, seq, lotAmount, payee, amount, payment)`. A receipt for a pledged lot takes holder and funder.
    /// @param by the settler or the holder
    /// @param payee expected holder; of a pledged lot the funder
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

    /// @notice Several payments in one currency recorded by one settler under one signature:
    /// `Settlements(Payment(lot, seq, lotAmount, payee, amount, payment)[])`.
    function settleMany(uint32 settler, Payment[] calldata payments, Consent[] calldata consents) external;
}
