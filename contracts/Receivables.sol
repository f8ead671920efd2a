// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReceivableRules} from "./ReceivableRules.sol";
import {IReceivables} from "./interfaces/IReceivables.sol";
import {Consent} from "./types/Consent.sol";
import {Limits, STATE_OPEN} from "./types/Limits.sol";
import {Lot, LotLib} from "./types/Lot.sol";
import {Party, ROLE_OBLIGOR, ROLE_SETTLER, ROLE_SUPPLIER, SCOPE_CONFIRM, SCOPE_REGISTER} from "./types/Party.sol";
import {CheckedTerms, Facts, FactsLib, Obligation, Terms} from "./types/Receivable.sol";

/// @title Receivables: from the supplier's registration to the obligor's confirmation.
abstract contract Receivables is ReceivableRules, IReceivables {
    bytes32 private constant REGISTRATION = keccak256(
        "Registration(Terms terms,uint40 deadline)Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );
    bytes32 private constant REGISTRATIONS = keccak256(
        "Registrations(Terms[] terms,uint40 deadline)Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );
    bytes32 private constant CONFIRMATION = keccak256(
        "Confirmation(Terms terms,uint40 deadline)Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );
    bytes32 private constant CONFIRMATIONS = keccak256(
        "Confirmations(Terms[] terms,uint40 deadline)Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );

    // ------------------------------------------------------------------ registration

    /// @inheritdoc IReceivables
    function register(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint64 receivable)
    {
        Limits limits_ = _openLimits();
        _requireRegistrar();
        (CheckedTerms checked, bytes32 commitment) = _checked(terms);
        _requireOriginatorSigns(checked, _supplier(checked.originator(), checked.obligor()), commitment, consents);
        _requireObligor(checked.obligor());
        receivable = _enter(checked, commitment, invoices, limits_);
        _facts[receivable] = _logRegistered(receivable, checked, commitment, invoices, limits_);
    }

    /// @inheritdoc IReceivables
    function registerMany(Terms[] calldata terms, bytes[] calldata invoices, Consent[] calldata consents) external {
        Limits limits_ = _openLimits();
        _requireRegistrar();
        uint256 count = terms.length;
        if (count == 0 || invoices.length != count) revert BatchInvalid();
        Terms calldata first = terms[0];
        Party originator = _supplier(first.originator, first.obligor);
        bytes32[] memory hashes = new bytes32[](count);
        uint256 total;
        for (uint256 i; i < count; ++i) {
            (CheckedTerms each, bytes32 commitment) = _checked(terms[i]);
            if (each.originator() != first.originator || each.currency() != first.currency) revert BatchMixed(i);
            hashes[i] = commitment;
            total += each.face();
            if (each.obligor() == first.originator) revert ObligorIsOriginator(each.obligor());
            _requireObligor(each.obligor());
            uint64 receivable = _enter(each, commitment, invoices[i], limits_);
            _facts[receivable] = _logRegistered(receivable, each, commitment, invoices[i], limits_);
        }
        bytes memory message = _batchMessage(REGISTRATIONS, hashes);
        _requireConsent(first.originator, originator, SCOPE_REGISTER, first.currency, total, message, consents);
    }

    /// @inheritdoc IReceivables
    function registerConfirmed(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint256 rootLot)
    {
        Limits limits_ = _openLimits();
        _requireRegistrar();
        (CheckedTerms checked, bytes32 commitment) = _checked(terms);
        Party originator = _supplier(checked.originator(), checked.obligor());
        _requireOriginatorSigns(checked, originator, commitment, consents);
        Party obligor = _requireObligor(checked.obligor());
        _requireObligorSigns(checked, obligor, commitment, consents);
        uint64 receivable = _enter(checked, commitment, invoices, limits_);
        _logRegistered(receivable, checked, commitment, invoices, limits_);
        return _issue(checked, commitment, originator);
    }

    // ------------------------------------------------------------------ confirmation

    /// @inheritdoc IReceivables
    function confirm(Terms calldata terms, Consent[] calldata consents) external returns (uint256 rootLot) {
        Limits limits_ = _openLimits();
        (CheckedTerms checked, bytes32 commitment) = _checked(terms);
        Party obligor = _requireObligor(checked.obligor());
        _requireObligorSigns(checked, obligor, commitment, consents);
        _requireConfirmable(checked, commitment, limits_);
        return _issue(checked, commitment, _active(checked.originator()));
    }

    /// @inheritdoc IReceivables
    function confirmMany(Terms[] calldata terms, Consent[] calldata consents) external {
        Limits limits_ = _openLimits();
        uint256 count = terms.length;
        if (count == 0) revert BatchInvalid();
        Terms calldata first = terms[0];
        Party obligor = _requireObligor(first.obligor);
        bytes32[] memory hashes = new bytes32[](count);
        uint256 total;
        for (uint256 i; i < count; ++i) {
            (CheckedTerms each, bytes32 commitment) = _checked(terms[i]);
            if (each.obligor() != first.obligor || each.currency() != first.currency) revert BatchMixed(i);
            hashes[i] = commitment;
            total += each.face();
            _requireConfirmable(each, commitment, limits_);
            _issue(each, commitment, _active(each.originator()));
        }
        bytes memory message = _batchMessage(CONFIRMATIONS, hashes);
        _requireConsent(first.obligor, obligor, SCOPE_CONFIRM, first.currency, total, message, consents);
    }

    // ------------------------------------------------------------------ private: what must hold

    function _openLimits() private view returns (Limits limits_) {
        limits_ = _limits;
        if (limits_.state() != STATE_OPEN) revert NoNewReceivables();
    }

    function _supplier(uint32 number, uint32 obligor) private view returns (Party originator) {
        if (number == obligor) revert ObligorIsOriginator(number);
        originator = _active(number);
        _requireRole(number, originator, ROLE_SUPPLIER);
    }

    function _requireObligor(uint32 number) private view returns (Party obligor) {
        obligor = _active(number);
        _requireRole(number, obligor, ROLE_OBLIGOR);
        if (obligor.isBarred()) revert ObligorBarred(number);
    }

    function _requireMaturity(uint256 maturity, Limits limits_) private view {
        unchecked {
            if (maturity <= block.timestamp || maturity > block.timestamp + limits_.maxTenor()) {
                revert MaturityInvalid(uint32(maturity));
            }
        }
    }

    function _requireOriginatorSigns(
        CheckedTerms terms,
        Party originator,
        bytes32 commitment,
        Consent[] calldata consents
    ) private view {
        bytes memory message;
        if (consents.length != 0) message = abi.encode(REGISTRATION, commitment, uint256(0));
        _requireConsent(
            terms.originator(), originator, SCOPE_REGISTER, terms.currency(), terms.face(), message, consents
        );
    }

    function _requireObligorSigns(
        CheckedTerms terms,
        Party obligor,
        bytes32 commitment,
        Consent[] calldata consents
    ) private view {
        bytes memory message;
        if (consents.length != 0) message = abi.encode(CONFIRMATION, commitment, uint256(0));
        _requireConsent(terms.obligor(), obligor, SCOPE_CONFIRM, terms.currency(), terms.face(), message, consents);
    }

    function _requireConfirmable(CheckedTerms terms, bytes32 commitment, Limits limits_) private view {
        uint64 receivable = _idOf(commitment);
        Facts facts_ = _registered(receivable, commitment);
        if (block.timestamp >= facts_.expires()) revert ConfirmationPeriodOver(receivable, facts_.expires());
        _requireMaturity(terms.maturity(), limits_);
    }

    // ------------------------------------------------------------------ private: what changes

    /// @dev What a registration must satisfy whoever signed it, and its invoices' uses; the facts word is the caller's.
    function _enter(CheckedTerms terms, bytes32 commitment, bytes calldata invoices, Limits limits_)
        private
        returns (uint64 receivable)
    {
        _requireMaturity(terms.maturity(), limits_);
        uint32 obligor = terms.obligor();
        uint64 face = terms.face();
        if (terms.settler() == obligor) revert SettlerInvalid(obligor);
        if (face < limits_.minLot() || face == 0) revert FaceTooSmall(face);
        receivable = _idOf(commitment);
        if (receivable == 0 || _facts[receivable].exists()) revert IdAlreadyUsed(receivable);
        if (_hashOf(invoices) != terms.invoicesHash()) revert InvoicesMismatch();
        uint256 total = _useInvoices(receivable, terms.currency(), invoices);
        if (total != face) revert FaceNotCovered(face, total);
    }

    function _logRegistered(
        uint64 receivable,
        CheckedTerms terms,
        bytes32 commitment,
        bytes calldata invoices,
        Limits limits_
    ) private returns (Facts facts_) {
        facts_ = FactsLib.packRegistered(commitment, block.timestamp + limits_.expiry());
        emit ReceivableRegistered(
            receivable,
            terms.termsWord(),
            terms.datesWord(),
            terms.documentsRoot(),
            terms.invoicesHash(),
            terms.salt(),
            Facts.unwrap(facts_),
            invoices
        );
    }

    function _issue(CheckedTerms terms, bytes32 commitment, Party originator) private returns (uint256 rootLot) {
        uint32 settler = terms.settler();
        if (settler != 0) _requireRole(settler, _active(settler), ROLE_SETTLER);
        uint64 receivable = _idOf(commitment);
        rootLot = uint256(commitment);
        Facts facts_ = FactsLib.packConfirmed(terms);
        Lot lot = LotLib.root(terms.originator(), terms.face(), receivable);
        uint256 total = _raiseObligation(terms.obligor(), terms.currency(), terms.face());
        _facts[receivable] = facts_;
        _lots[rootLot] = lot;
        emit ReceivableConfirmed(receivable, rootLot, Facts.unwrap(facts_), Lot.unwrap(lot), total);
        _announce(address(0), originator.account(), rootLot);
    }

    function _raiseObligation(uint32 obligor, uint16 currency, uint64 face) private returns (uint256) {
        unchecked {
            uint256 slot = _obligationSlot(obligor, currency);
            Obligation total = _obligations[slot];
            uint64 quota = total.quota();
            uint256 after_ = uint256(total.outstanding()) + face;
            if (after_ > (quota == 0 ? type(uint64).max : quota)) revert QuotaExceeded(obligor, quota, after_);
            total = total.confirm(face);
            _obligations[slot] = total;
            return Obligation.unwrap(total);
        }
    }
}
