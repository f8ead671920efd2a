// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";
import {Terms} from "../types/Receivable.sol";

/// @title Receivables: registered by a supplier, confirmed by its obligor, each invoice used up to its cap.
/// @notice `invoices` is packed, per invoice: cap 8 bytes | amount 8 | number of fingerprints 1 | fingerprints 32 each,
/// ascending. keccak256 of these bytes is the terms' `invoicesHash`.
interface IReceivables {
    event ReceivableRegistered(uint64 indexed receivable, Terms terms, uint256 factsWord, bytes invoices);
    event ReceivableConfirmed(
        uint64 indexed receivable, uint256 indexed rootLot, uint256 factsWord, uint256 lotWord, uint256 obligationWord
    );
    event ReceivableDeclined(uint64 indexed receivable, uint256 factsWord, uint64 owed, bytes32 reason);

    error NoNewReceivables();
    error ObligorIsOriginator(uint32 party);
    error ObligorBarred(uint32 obligor);
    error SettlerInvalid(uint32 settler);
    error FaceTooSmall(uint64 face);
    error MaturityInvalid(uint32 maturity);
    error IdAlreadyUsed(uint64 receivable);
    error ReceivableUnknown(uint64 receivable);
    error ReceivableNotRegistered(uint64 receivable, uint8 status);
    error ConfirmationPeriodOver(uint64 receivable, uint40 expires);
    error TermsMismatch(uint64 receivable);
    error InvoicesMismatch();
    error InvoicesMalformed();
    error InvoiceTwice(bytes32 fingerprint);
    error InvoiceOverCap(bytes32 fingerprint, uint64 cap, uint256 used);
    error InvoiceDiffers(bytes32 fingerprint);
    error FaceNotCovered(uint64 face, uint256 invoices);
    error QuotaExceeded(uint32 obligor, uint64 quota, uint256 outstanding);

    /// @notice A registrar brings a registration signed by the originator: `Registration(terms)`.
    function register(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint64 receivable);

    /// @notice The obligor confirms, resupplying the terms: `Confirmation(terms)`. The root lot's id is the
    /// commitment, the EIP-712 struct hash of the terms.
    function confirm(Terms calldata terms, Consent[] calldata consents) external returns (uint256 rootLot);

    /// @notice Register and confirm in one; both signatures, sent by a registrar.
    function registerConfirmed(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint256 rootLot);

    /// @notice The obligor refuses an unconfirmed receivable and may say how much it owes; its invoices are free again.
    /// @param later per invoice: number 1 byte | fingerprints added by later registrations; empty when there are none
    function decline(
        Terms calldata terms,
        uint64 owed,
        bytes32 reason,
        bytes calldata invoices,
        bytes calldata later,
        Consent[] calldata consents
    ) external;

    function facts(uint64 receivable) external view returns (uint256);
    function obligation(uint32 obligor, uint16 currency) external view returns (uint256);
    function invoiceOf(bytes32 fingerprint) external view returns (uint256);
}
