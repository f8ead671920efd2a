// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Store} from "./Store.sol";
import {IInvoices} from "./interfaces/IInvoices.sol";
import {InvoiceUse, InvoiceUseLib} from "./types/Receivable.sol";

/// @title How much of each invoice is spoken for, by all of its fingerprints.
abstract contract Invoices is Store, IInvoices {
    /// @dev Bytes of one invoice's head in the packed list: cap 8, amount 8, number of fingerprints 1.
    uint256 private constant HEAD = 17;

    /// @dev Each invoice's uses rise in all of its fingerprints: those known hold one word and are all named, new
    /// ones are empty. Unchecked here and below: all numbers are sums of 64-bit ones, as many as calldata holds.
    function _useInvoices(uint64 receivable, uint16 currency, bytes calldata invoices)
        internal
        returns (uint256 total)
    {
        unchecked {
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
    }

    /// @param use this receivable's use of the invoice
    /// @return use with what the invoice's known fingerprints hold added
    function _added(bytes calldata invoices, uint256 offset, InvoiceUse use) private view returns (InvoiceUse) {
        unchecked {
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
    }

    /// @dev Writes as it goes: a fingerprint named twice no longer holds the word of the first.
    function _releaseInvoices(bytes calldata invoices, bytes calldata later) internal {
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

    /// @dev Without a copy that stays in memory.
    function _hashOf(bytes calldata invoices) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, invoices.offset, invoices.length)
            hash := keccak256(free, invoices.length)
        }
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
        unchecked {
            uint256 head;
            assembly ("memory-safe") {
                head := calldataload(add(invoices.offset, offset))
            }
            cap = uint64(head >> 192);
            amount = uint64(head >> 128);
            count = uint8(head >> 120);
            if (count == 0 || offset + HEAD + 32 * count > invoices.length) revert InvoicesMalformed();
        }
    }

    /// @dev The caller has checked the bounds.
    function _fingerprint(bytes calldata list, uint256 offset) private pure returns (bytes32 fingerprint) {
        assembly ("memory-safe") {
            fingerprint := calldataload(add(list.offset, offset))
        }
    }
}
