// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parties} from "./Parties.sol";
import {IRecoveries} from "./interfaces/IRecoveries.sol";
import {Consent} from "./types/Consent.sol";
import {Key, KeyLib, Party, Recovery, RecoveryLib, SCOPE_ANY} from "./types/Party.sol";

/// @title A party that lost its account gets another.
abstract contract Recoveries is Parties, IRecoveries {
    bytes32 private constant VETO =
        keccak256("Veto(uint32 party,address account,uint32 nonce,uint40 deadline)");
    bytes32 private constant TAKEOVER =
        keccak256("Takeover(uint32 party,address account,uint32 nonce,uint40 deadline)");

    uint256 private constant WAIT = 7 days;

    /// @inheritdoc IRecoveries
    function proposeAccount(uint32 number, address account) external {
        Party party_ = _known(number);
        if (party_.isVetoed()) _requireArbiter();
        else _checkOwner();
        _requireBindable(number, party_, account);
        Recovery recovery_ = RecoveryLib.pack(account, block.timestamp + WAIT);
        _recoveries[number] = recovery_;
        emit AccountProposed(number, Recovery.unwrap(recovery_));
    }

    /// @inheritdoc IRecoveries
    function vetoAccount(uint32 number, Consent[] calldata consents) external {
        Party party_ = _known(number);
        address account = _proposed(number).account();
        if (party_.isVetoed()) revert ProposalFinal(number);
        bytes memory message = abi.encode(VETO, number, account, party_.nonce(), uint256(0));
        _requireConsent(number, party_, SCOPE_ANY, 0, 0, message, consents);

        _recoveries[number] = Recovery.wrap(0);
        emit ProposalVetoed(number, account, _put(number, party_.withVeto().raiseNonce()));
    }

    /// @inheritdoc IRecoveries
    function takeAccount(uint32 number, Consent[] calldata consents) external {
        Party party_ = _known(number);
        Recovery recovery_ = _proposed(number);
        address account = recovery_.account();
        if (block.timestamp < recovery_.effective()) revert ProposalWaits(number, recovery_.effective());
        // An older epoch must never come round again: its keys would live again.
        if (party_.epoch() == type(uint8).max) revert EpochExhausted(number);
        // It was free when proposed, which is days ago.
        _requireBindable(number, party_, account);
        _requireSignature(account, abi.encode(TAKEOVER, number, account, party_.nonce(), uint256(0)), consents);

        party_ = party_.withAccount(account).raiseNonce();
        Key key = KeyLib.account(number, party_.epoch());
        _keyOf[account] = key;
        _recoveries[number] = Recovery.wrap(0);
        emit AccountTaken(number, account, _put(number, party_), Key.unwrap(key));
    }

    /// @inheritdoc IRecoveries
    function setArbiter(address arbiter) external {
        _requireArbiter();
        if (arbiter == address(0)) revert ZeroAddress();
        _arbiter = arbiter;
        emit ArbiterSet(arbiter);
    }

    // ------------------------------------------------------------------ private

    function _proposed(uint32 number) private view returns (Recovery recovery_) {
        recovery_ = _recoveries[number];
        if (Recovery.unwrap(recovery_) == 0) revert ProposalUnknown(number);
    }

    /// @dev One address, one party: a key of the party itself may become its account.
    function _requireBindable(uint32 number, Party party_, address account) private view {
        if (account == address(0)) revert ZeroAddress();
        if (account == party_.account()) revert AddressAlreadyBound(account, number);
        if (_keyOf[account].party() != number) _requireUnbound(account);
    }
}
