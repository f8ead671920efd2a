// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Each invoice is used up to its cap.
/// @notice `invoices` is packed, per invoice: cap 8 bytes | amount 8 | number of fingerprints 1 | fingerprints 32 each,
/// ascending. keccak256 of these bytes is the terms' `invoicesHash`.
interface IInvoices {
    error InvoicesMismatch();
    error InvoicesMalformed();
    error InvoiceTwice(bytes32 fingerprint);
    error InvoiceOverCap(bytes32 fingerprint, uint64 cap, uint256 used);
    error InvoiceDiffers(bytes32 fingerprint);
}
