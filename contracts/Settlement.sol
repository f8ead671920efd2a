// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LotRules} from "./LotRules.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Payment} from "./types/Batch.sol";
import {Consent} from "./types/Consent.sol";
import {LOT_PLEDGED, Lot} from "./types/Lot.sol";
import {Party, SCOPE_SETTLE} from "./types/Party.sol";
import {Facts, Obligation} from "./types/Receivable.sol";

/// @title Payments are recorded; at zero a lot is redeemed.
/// @dev Never raises seq: a lot at its last seq can still be paid. The amount named makes replay impossible.
abstract contract Settlement is LotRules, ISettlement {
    bytes32 private constant SETTLEMENT = keccak256(
        "Settlement(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment,uint40 deadline)"
    );
    bytes32 private constant SETTLEMENTS = keccak256(
        "Settlements(Payment[] payments,uint40 deadline)Payment(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment)"
    );
    bytes32 private constant PAYMENT = keccak256(
        "Payment(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment)"
    );

    /// @inheritdoc ISettlement
    function settle(
        uint256 id,
        uint32 by,
        uint32 payee,
        uint64 lotAmount,
        uint64 amount,
        bytes32 payment,
        Consent[] calldata consents
    ) external {
        Lot lot = _live(id);
        Facts facts_ = _facts[lot.receivable()];
        bool isReceipt = by == lot.holder();
        if (!isReceipt && (by == 0 || by != facts_.settler())) revert NotEntitled(id, by);
        _requirePayable(id, lot, payee, lotAmount, amount);
        Party recorder = _unfrozen(by);
        bool byFunder = isReceipt && lot.status() == LOT_PLEDGED;
        if (byFunder || !_isSender(recorder)) {
            bytes memory message =
                abi.encode(SETTLEMENT, id, lot.seq(), lotAmount, payee, amount, payment, uint256(0));
            uint16 currency = facts_.currency();
            _requireConsent(by, recorder, SCOPE_SETTLE, currency, amount, message, consents);
            if (byFunder) {
                _requireConsent(payee, _unfrozen(payee), SCOPE_SETTLE, currency, amount, message, consents);
            }
        }
        _settle(id, lot, facts_, amount, payment);
    }

    /// @inheritdoc ISettlement
    function settleMany(uint32 settler, Payment[] calldata payments, Consent[] calldata consents) external {
        if (payments.length == 0) revert BatchInvalid();
        Party recorder = _unfrozen(settler);
        bytes32[] memory hashes = new bytes32[](payments.length);
        uint16 currency;
        uint256 total;
        for (uint256 i; i < payments.length; ++i) {
            Payment calldata each = payments[i];
            Lot lot = _live(each.lot);
            Facts facts_ = _facts[lot.receivable()];
            if (facts_.settler() != settler) revert NotEntitled(each.lot, settler);
            if (i == 0) currency = facts_.currency();
            else if (facts_.currency() != currency) revert BatchMixed(i);
            _requirePayable(each.lot, lot, each.payee, each.lotAmount, each.amount);
            hashes[i] = keccak256(
                abi.encode(PAYMENT, each.lot, lot.seq(), each.lotAmount, each.payee, each.amount, each.payment)
            );
            total += each.amount;
            _settle(each.lot, lot, facts_, each.amount, each.payment);
        }
        bytes memory message = _batchMessage(SETTLEMENTS, hashes);
        _requireConsent(settler, recorder, SCOPE_SETTLE, currency, total, message, consents);
    }

    // ------------------------------------------------------------------ private

    function _requirePayable(uint256 id, Lot lot, uint32 payee, uint64 lotAmount, uint64 amount) private pure {
        if (payee != lot.payee() || lotAmount != lot.amount()) revert LotChanged(id, Lot.unwrap(lot));
        unchecked {
            // In one comparison: 0 less 1 is more than any amount.
            if (uint256(amount) - 1 >= lotAmount) revert AmountInvalid(amount, lotAmount);
        }
    }

    function _settle(uint256 id, Lot lot, Facts facts_, uint64 amount, bytes32 payment) private {
        Obligation total;
        (lot, facts_, total) = _reduce(id, lot, facts_, amount);
        emit LotSettled(id, Lot.unwrap(lot), Facts.unwrap(facts_), Obligation.unwrap(total), payment);
        _announceIfRedeemed(id, lot);
    }
}
