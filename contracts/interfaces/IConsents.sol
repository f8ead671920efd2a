// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Why a party's consent, or a sender, does not count.
interface IConsents {
    error UnknownParty(uint32 party);
    error PartyFrozen(uint32 party);
    error PartyExpired(uint32 party);
    error RoleMissing(uint32 party, uint8 role);
    error SenderNotRegistrar(address sender);
    error SenderNotArbiter(address sender);
    error ConsentMissing(uint32 party, uint16 scope);
    error ConsentExpired(address signer, uint40 deadline);
    error SignatureInvalid(address signer);
    error CapExceeded(uint32 party, uint256 amount);
    error BatchInvalid();
    /// @notice A batch is one party's, in one currency, since one signature and one cap stand for all of it.
    error BatchMixed(uint256 index);
    error ZeroAddress();
}
