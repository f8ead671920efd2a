// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Why a receivable is not the one an act means.
interface IReceivableRules {
    error ReceivableUnknown(uint64 receivable);
    error ReceivableNotRegistered(uint64 receivable, uint8 status);
    error ReceivableNotConfirmed(uint64 receivable, uint8 status);
    error TermsMismatch(uint64 receivable);
}
