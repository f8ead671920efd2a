// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parties} from "./Parties.sol";
import {IReceivables} from "./interfaces/IReceivables.sol";
import {Consent} from "./types/Consent.sol";
import {Limits, STATE_OPEN} from "./types/Limits.sol";
import {Lot, LotLib} from "./types/Lot.sol";
import {Party, ROLE_OBLIGOR, ROLE_SETTLER, ROLE_SUPPLIER, SCOPE_CONFIRM, SCOPE_REGISTER} from "./types/Party.sol";
import {
    Facts,
    FactsLib,
    InvoiceUse,
    InvoiceUseLib,
    Obligation,
    RECEIVABLE_DECLINED,
    RECEIVABLE_REGISTERED,
    Terms
} from "./types/Receivable.sol";

/// @title Receivables: from the supplier's registration to the obligor's confirmation.
abstract contract Receivables is Parties, IReceivables {
    bytes32 private constant TERMS = keccak256(
        "Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );
    bytes32 private constant REGISTRATION = keccak256(
        "Registration(Terms terms,uint40 deadline)Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );
    bytes32 private constant CONFIRMATION = keccak256(
        "Confirmation(Terms terms,uint40 deadline)Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );
    bytes32 private constant DECLINATURE =
        keccak256("Declinature(uint64 receivable,uint64 owed,bytes32 reason,uint40 deadline)");

    /// @dev Bytes of one invoice's head in the packed list: cap 8, amount 8, number of fingerprints 1.
    uint256 private constant HEAD = 17;

    /// @inheritdoc IReceivables
    function register(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint64 receivable)
    {
        bytes32 commitment = _commitment(terms);
        receivable = _enter(terms, commitment, invoices, consents);
        uint256 expires = block.timestamp + _limits.expiry();
        Facts facts_ = FactsLib.packRegistered(commitment, expires);
        _facts[receivable] = facts_;
        emit ReceivableRegistered(receivable, terms, Facts.unwrap(facts_), invoices);
    }

    /// @inheritdoc IReceivables
    function confirm(Terms calldata terms, Consent[] calldata consents) external returns (uint256 rootLot) {
        bytes32 commitment = _commitment(terms);
        uint64 receivable = _idOf(commitment);
        Facts facts_ = _registered(receivable, commitment);
        if (block.timestamp >= facts_.expires()) revert ConfirmationPeriodOver(receivable, facts_.expires());
        Limits limits_ = _openLimits();
        _requireMaturity(terms.maturity, limits_);
        Party obligor = _requireObligor(terms.obligor);
        Party originator = _active(terms.originator);
        return _confirm(terms, commitment, obligor, originator, consents);
    }

    /// @inheritdoc IReceivables
    function registerConfirmed(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint256 rootLot)
    {
        bytes32 commitment = _commitment(terms);
        uint64 receivable = _enter(terms, commitment, invoices, consents);
        Facts registered = FactsLib.packRegistered(commitment, block.timestamp + _limits.expiry());
        emit ReceivableRegistered(receivable, terms, Facts.unwrap(registered), invoices);
        return
            _confirm(terms, commitment, _parties[terms.obligor], _parties[terms.originator], consents);
    }

    /// @inheritdoc IReceivables
    function decline(
        Terms calldata terms,
        uint64 owed,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external {
        if (keccak256(invoices) != terms.invoicesHash) revert InvoicesMismatch();
        bytes32 commitment = _commitment(terms);
        uint64 receivable = _idOf(commitment);
        // Before the invoices: those of a receivable that is not registered may be anybody's, or nobody's.
        Facts facts_ = _registered(receivable, commitment).withStatus(RECEIVABLE_DECLINED);
        _facts[receivable] = facts_;
        _releaseInvoices(invoices, later);
        emit ReceivableDeclined(receivable, Facts.unwrap(facts_), owed, reason);
        bytes memory message;
        if (consents.length != 0) message = abi.encode(DECLINATURE, receivable, owed, reason, uint256(0));
        _requireObligorDeclines(terms, message, consents);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IReceivables
    function facts(uint64 receivable) external view returns (uint256) {
        return Facts.unwrap(_facts[receivable]);
    }

    /// @inheritdoc IReceivables
    function obligation(uint32 obligor, uint16 currency) external view returns (uint256) {
        return Obligation.unwrap(_obligations[_obligationSlot(obligor, currency)]);
    }

    /// @inheritdoc IReceivables
    function invoiceOf(bytes32 fingerprint) external view returns (uint256) {
        return InvoiceUse.unwrap(_invoiceOf[fingerprint]);
    }

    /// @dev Lots shows the root lot to explorers.
    function _announce(address from, address to, uint256 lot) internal virtual;

    // ------------------------------------------------------------------ private: the two halves of an issue

    /// @dev Everything a registration must satisfy, and its invoices' uses; the facts word is the caller's.
    function _enter(Terms calldata terms, bytes32 commitment, bytes calldata invoices, Consent[] calldata consents)
        private
        returns (uint64 receivable)
    {
        Limits limits_ = _openLimits();
        _requireRegistrar();
        _requireMaturity(terms.maturity, limits_);
        if (terms.obligor == terms.originator) revert ObligorIsOriginator(terms.obligor);
        if (terms.settler == terms.obligor) revert SettlerInvalid(terms.settler);
        if (terms.face < limits_.minLot() || terms.face == 0) revert FaceTooSmall(terms.face);
        _requireObligor(terms.obligor);
        Party originator = _active(terms.originator);
        _requireRole(terms.originator, originator, ROLE_SUPPLIER);
        receivable = _idOf(commitment);
        if (receivable == 0 || _facts[receivable].exists()) revert IdAlreadyUsed(receivable);
        bytes memory message;
        if (consents.length != 0) message = abi.encode(REGISTRATION, commitment, uint256(0));
        _requireConsent(
            terms.originator, originator, SCOPE_REGISTER, terms.currency, terms.face, message, consents
        );
        if (keccak256(invoices) != terms.invoicesHash) revert InvoicesMismatch();
        uint256 total = _useInvoices(receivable, terms.currency, invoices);
        if (total != terms.face) revert FaceNotCovered(terms.face, total);
    }

    /// @dev Nothing is created, so no cap applies, and a frozen or expired obligor may still decline.
    function _requireObligorDeclines(Terms calldata terms, bytes memory message, Consent[] calldata consents)
        private
        view
    {
        Party obligor = _known(terms.obligor);
        _requireConsent(terms.obligor, obligor, SCOPE_CONFIRM, terms.currency, 0, message, consents);
    }

    function _confirm(
        Terms calldata terms,
        bytes32 commitment,
        Party obligor,
        Party originator,
        Consent[] calldata consents
    ) private returns (uint256 rootLot) {
        if (terms.settler != 0) _requireRole(terms.settler, _active(terms.settler), ROLE_SETTLER);
        bytes memory message;
        if (consents.length != 0) message = abi.encode(CONFIRMATION, commitment, uint256(0));
        _requireConsent(terms.obligor, obligor, SCOPE_CONFIRM, terms.currency, terms.face, message, consents);

        rootLot = uint256(commitment);
        _issue(terms, _idOf(commitment), rootLot);
        _announce(address(0), originator.account(), rootLot);
    }

    function _issue(Terms calldata terms, uint64 receivable, uint256 rootLot) private {
        Facts facts_ = FactsLib.packConfirmed(terms);
        Lot lot = LotLib.root(terms.originator, terms.face, receivable);
        uint256 total = _raiseObligation(terms);
        _facts[receivable] = facts_;
        _lots[rootLot] = lot;
        emit ReceivableConfirmed(receivable, rootLot, Facts.unwrap(facts_), Lot.unwrap(lot), total);
    }

    function _raiseObligation(Terms calldata terms) private returns (uint256) {
        uint256 slot = _obligationSlot(terms.obligor, terms.currency);
        Obligation total = _obligations[slot];
        uint64 quota = total.quota();
        uint256 after_ = uint256(total.outstanding()) + terms.face;
        if (after_ > (quota == 0 ? type(uint64).max : quota)) revert QuotaExceeded(terms.obligor, quota, after_);
        total = total.confirm(terms.face);
        _obligations[slot] = total;
        return Obligation.unwrap(total);
    }

    function _openLimits() private view returns (Limits limits_) {
        limits_ = _limits;
        if (limits_.state() != STATE_OPEN) revert NoNewReceivables();
    }

    function _requireMaturity(uint256 maturity, Limits limits_) private view {
        if (maturity <= block.timestamp || maturity > block.timestamp + limits_.maxTenor()) {
            revert MaturityInvalid(uint32(maturity));
        }
    }

    function _requireObligor(uint32 number) private view returns (Party obligor) {
        obligor = _active(number);
        _requireRole(number, obligor, ROLE_OBLIGOR);
        if (obligor.isBarred()) revert ObligorBarred(number);
    }

    function _registered(uint64 receivable, bytes32 commitment) private view returns (Facts facts_) {
        facts_ = _facts[receivable];
        if (facts_.status() != RECEIVABLE_REGISTERED) {
            if (!facts_.exists()) revert ReceivableUnknown(receivable);
            revert ReceivableNotRegistered(receivable, facts_.status());
        }
        if (!facts_.matches(commitment)) revert TermsMismatch(receivable);
    }

    // ------------------------------------------------------------------ private: invoices

    /// @dev Each invoice's uses rise in all of its fingerprints: those known hold one word and are all named, new
    /// ones are empty.
    function _useInvoices(uint64 receivable, uint16 currency, bytes calldata invoices)
        private
        returns (uint256 total)
    {
        uint256 offset;
        for (uint256 place; offset < invoices.length; ++place) {
            (uint64 cap, uint64 amount, uint256 count) = _head(invoices, offset);
            if (amount == 0 || place > type(uint8).max) revert InvoicesMalformed();
            total += amount;
            offset += HEAD;
            InvoiceUse word =
                InvoiceUseLib.pack(receivable, cap, amount, 1, currency, uint8(place), uint8(count));
            word = _added(invoices, offset, word);
            for (; count != 0; --count) {
                _invoiceOf[_fingerprint(invoices, offset)] = word;
                offset += 32;
            }
        }
    }

    /// @param use this receivable's use of the invoice
    /// @return use with what the invoice's known fingerprints hold added
    function _added(bytes calldata invoices, uint256 offset, InvoiceUse use) private view returns (InvoiceUse) {
        InvoiceUse known;
        uint256 knownCount;
        bytes32 previous;
        for (uint256 count = use.fingerprints(); count != 0; --count) {
            bytes32 fingerprint = _fingerprint(invoices, offset);
            offset += 32;
            // Ascending, so that none is named twice in place of another.
            if (fingerprint <= previous) revert InvoicesMalformed();
            previous = fingerprint;
            InvoiceUse found = _invoiceOf[fingerprint];
            if (InvoiceUse.unwrap(found) == 0) continue;
            if (knownCount++ == 0) known = found;
            else if (InvoiceUse.unwrap(found) != InvoiceUse.unwrap(known)) revert InvoiceDiffers(fingerprint);
        }
        if (knownCount != 0) {
            if (known.receivable() == use.receivable()) revert InvoiceTwice(previous);
            if (knownCount != known.fingerprints() || !known.isAlike(use)) revert InvoiceDiffers(previous);
        }
        uint256 used = uint256(known.used()) + use.used();
        if (used > use.cap()) revert InvoiceOverCap(previous, use.cap(), used);
        return use.plus(known);
    }

    /// @dev Writes as it goes: a fingerprint named twice no longer holds the word of the first.
    function _releaseInvoices(bytes calldata invoices, bytes calldata later) private {
        uint256 offset;
        uint256 laterOffset;
        while (offset < invoices.length) {
            (, uint64 amount, uint256 count) = _head(invoices, offset);
            offset += HEAD;
            InvoiceUse word = _invoiceOf[_fingerprint(invoices, offset)];
            InvoiceUse lower = word.release(amount);
            uint256 named = count;
            for (; count != 0; --count) {
                _replace(_fingerprint(invoices, offset), word, lower);
                offset += 32;
            }
            if (later.length != 0) {
                if (laterOffset >= later.length) revert InvoicesMalformed();
                count = uint8(later[laterOffset++]);
                if (laterOffset + 32 * count > later.length) revert InvoicesMalformed();
                named += count;
                for (; count != 0; --count) {
                    _replace(_fingerprint(later, laterOffset), word, lower);
                    laterOffset += 32;
                }
            }
            if (named != word.fingerprints()) revert InvoicesMismatch();
        }
        if (laterOffset != later.length) revert InvoicesMalformed();
    }

    function _replace(bytes32 fingerprint, InvoiceUse expected, InvoiceUse word) private {
        if (InvoiceUse.unwrap(_invoiceOf[fingerprint]) != InvoiceUse.unwrap(expected)) {
            revert InvoiceDiffers(fingerprint);
        }
        _invoiceOf[fingerprint] = word;
    }

    function _head(bytes calldata invoices, uint256 offset)
        private
        pure
        returns (uint64 cap, uint64 amount, uint256 count)
    {
        uint256 head;
        assembly ("memory-safe") {
            head := calldataload(add(invoices.offset, offset))
        }
        cap = uint64(head >> 192);
        amount = uint64(head >> 128);
        count = uint8(head >> 120);
        if (count == 0 || offset + HEAD + 32 * count > invoices.length) revert InvoicesMalformed();
    }

    /// @dev The caller has checked the bounds.
    function _fingerprint(bytes calldata list, uint256 offset) private pure returns (bytes32 fingerprint) {
        assembly ("memory-safe") {
            fingerprint := calldataload(add(list.offset, offset))
        }
    }

    // ------------------------------------------------------------------ private: identity

    function _commitment(Terms calldata terms) private pure returns (bytes32 hash) {
        bytes32 typeHash = TERMS;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), terms, 0x180)
            hash := keccak256(free, 0x1a0)
        }
    }

    function _idOf(bytes32 commitment) private pure returns (uint64) {
        return uint64(uint256(commitment) >> 192);
    }
}
