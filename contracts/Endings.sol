// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReceivableRules} from "./ReceivableRules.sol";
import {IEndings} from "./interfaces/IEndings.sol";
import {Consent} from "./types/Consent.sol";
import {Lot} from "./types/Lot.sol";
import {Party, SCOPE_CONFIRM, SCOPE_REGISTER} from "./types/Party.sol";
import {
    CheckedTerms,
    Facts,
    Obligation,
    RECEIVABLE_CANCELED,
    RECEIVABLE_DECLINED,
    RECEIVABLE_EXPIRED,
    RECEIVABLE_WITHDRAWN,
    Terms
} from "./types/Receivable.sol";

/// @title Receivables that come to nothing.
abstract contract Endings is ReceivableRules, IEndings {
    bytes32 private constant DECLINATURE =
        keccak256("Declinature(uint64 receivable,uint64 owed,bytes32 reason,uint40 deadline)");
    bytes32 private constant WITHDRAWAL = keccak256("Withdrawal(uint64 receivable,bytes32 reason,uint40 deadline)");
    bytes32 private constant CANCELLATION = keccak256(
        "Cancellation(uint64 receivable,uint16 seq,uint64 lotAmount,bytes32 reason,uint40 deadline)"
    );

    /// @inheritdoc IEndings
    function decline(
        Terms calldata terms,
        uint64 owed,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external {
        (uint64 receivable, Facts facts_) = _end(terms, RECEIVABLE_DECLINED, invoices, later);
        emit ReceivableDeclined(receivable, Facts.unwrap(facts_), owed, reason);
        bytes memory message = abi.encode(DECLINATURE, receivable, owed, reason, uint256(0));
        // Nothing is created, so no cap applies, and a frozen or expired obligor may still decline.
        Party obligor = _known(terms.obligor);
        _requireConsent(terms.obligor, obligor, SCOPE_CONFIRM, terms.currency, 0, message, consents);
    }

    /// @inheritdoc IEndings
    function withdraw(
        Terms calldata terms,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external {
        (uint64 receivable, Facts facts_) = _end(terms, RECEIVABLE_WITHDRAWN, invoices, later);
        emit ReceivableWithdrawn(receivable, Facts.unwrap(facts_), reason);
        bytes memory message = abi.encode(WITHDRAWAL, receivable, reason, uint256(0));
        Party originator = _known(terms.originator);
        _requireConsent(terms.originator, originator, SCOPE_REGISTER, terms.currency, 0, message, consents);
    }

    /// @inheritdoc IEndings
    function expire(Terms calldata terms, bytes calldata invoices, bytes calldata later) external {
        (, bytes32 commitment) = _checked(terms);
        uint40 expires = _facts[_idOf(commitment)].expires();
        (uint64 receivable, Facts facts_) = _end(terms, RECEIVABLE_EXPIRED, invoices, later);
        if (block.timestamp < expires) revert ConfirmationPeriodNotOver(receivable, expires);
        emit ReceivableExpired(receivable, Facts.unwrap(facts_));
    }

    /// @inheritdoc IEndings
    function cancel(
        Terms calldata terms,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external {
        (CheckedTerms checked, bytes32 commitment) = _checked(terms);
        uint256 id = uint256(commitment);
        Lot lot = _free(id);
        if (lot.holder() != checked.originator()) revert NotEntitled(id, checked.originator());
        // Paid or split, it would be less than the face.
        if (lot.amount() != checked.face()) revert LotNotWhole(id);
        _usableSeq(id, lot);
        _requireBothCancel(checked, lot, reason, consents);
        if (_hashOf(invoices) != checked.invoicesHash()) revert InvoicesMismatch();
        _releaseInvoices(invoices, later);
        _undo(id, lot, reason);
    }

    // ------------------------------------------------------------------ private

    /// @dev An unconfirmed receivable ends and lets go of its invoices. Those of one that is not registered may be
    /// anybody's, or nobody's: they come second.
    function _end(Terms calldata terms, uint8 status, bytes calldata invoices, bytes calldata later)
        private
        returns (uint64 receivable, Facts facts_)
    {
        if (_hashOf(invoices) != terms.invoicesHash) revert InvoicesMismatch();
        (, bytes32 commitment) = _checked(terms);
        receivable = _idOf(commitment);
        facts_ = _registered(receivable, commitment).withStatus(status);
        _facts[receivable] = facts_;
        _releaseInvoices(invoices, later);
    }

    /// @dev The originator gives up a claim, so its cap applies and it must not be frozen, as for a write-off; the
    /// obligor only comes to owe less.
    function _requireBothCancel(CheckedTerms terms, Lot lot, bytes32 reason, Consent[] calldata consents)
        private
        view
    {
        bytes memory message =
            abi.encode(CANCELLATION, lot.receivable(), lot.seq(), lot.amount(), reason, uint256(0));
        Party originator = _unfrozen(terms.originator());
        Party obligor = _known(terms.obligor());
        _requireConsent(
            terms.originator(), originator, SCOPE_REGISTER, terms.currency(), terms.face(), message, consents
        );
        _requireConsent(terms.obligor(), obligor, SCOPE_CONFIRM, terms.currency(), 0, message, consents);
    }

    function _undo(uint256 id, Lot lot, bytes32 reason) private {
        uint64 receivable = lot.receivable();
        Facts facts_ = _facts[receivable];
        uint256 slot = _obligationSlot(facts_.obligor(), facts_.currency());
        Obligation total = _obligations[slot].settle(facts_.face(), true);
        facts_ = facts_.withStatus(RECEIVABLE_CANCELED);
        lot = lot.end();
        _obligations[slot] = total;
        _facts[receivable] = facts_;
        _lots[id] = lot;
        emit ReceivableCanceled(
            receivable, id, Facts.unwrap(facts_), Lot.unwrap(lot), Obligation.unwrap(total), reason
        );
        _announce(_parties[lot.holder()].account(), address(0), id);
    }
}
