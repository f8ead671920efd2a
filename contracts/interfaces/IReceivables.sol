// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";
import {Terms} from "../types/Receivable.sol";

/// @title Receivables: registered by a supplier, confirmed by its obligor.
interface IReceivables {
    /// @notice Shows the whole terms, the small members packed from the lowest bit; what is signed names each.
    /// @param termsWord obligor 32 | originator 32 | settler 32 | face 64 | currency 16 | maturity 32
    /// @param datesWord issuedOn 32 | deliveredOn 32 | acceptedOn 32
    event ReceivableRegistered(
        uint64 indexed receivable,
        uint256 termsWord,
        uint256 datesWord,
        bytes32 documentsRoot,
        bytes32 invoicesHash,
        bytes32 salt,
        uint256 factsWord,
        bytes invoices
    );
    event ReceivableConfirmed(
        uint64 indexed receivable, uint256 indexed rootLot, uint256 factsWord, uint256 lotWord, uint256 obligationWord
    );

    error NoNewReceivables();
    error ObligorIsOriginator(uint32 party);
    error ObligorBarred(uint32 obligor);
    error SettlerInvalid(uint32 settler);
    error FaceTooSmall(uint64 face);
    error MaturityInvalid(uint32 maturity);
    error IdAlreadyUsed(uint64 receivable);
    error ConfirmationPeriodOver(uint64 receivable, uint40 expires);
    error FaceNotCovered(uint64 face, uint256 invoices);
    error QuotaExceeded(uint32 obligor, uint64 quota, uint256 outstanding);

    /// @notice A registrar brings a registration signed by the originator: `Registration(terms)`.
    /// @param invoices packed as IInvoices says
    function register(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint64 receivable);

    /// @notice Several of one originator and currency under one signature: `Registrations(terms[])`.
    /// @param invoices one packed list per receivable
    function registerMany(Terms[] calldata terms, bytes[] calldata invoices, Consent[] calldata consents) external;

    /// @notice The obligor confirms, resupplying the terms: `Confirmation(terms)`. The root lot's id is the
    /// commitment, the EIP-712 struct hash of the terms.
    function confirm(Terms calldata terms, Consent[] calldata consents) external returns (uint256 rootLot);

    /// @notice Several of one obligor and currency under one signature: `Confirmations(terms[])`; all or nothing.
    function confirmMany(Terms[] calldata terms, Consent[] calldata consents) external;

    /// @notice Register and confirm in one; both signatures, sent by a registrar.
    function registerConfirmed(Terms calldata terms, bytes calldata invoices, Consent[] calldata consents)
        external
        returns (uint256 rootLot);
}
