// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {Consents} from "./Consents.sol";
import {LimitsRules} from "./LimitsRules.sol";
import {IParties} from "./interfaces/IParties.sol";
import {Consent} from "./types/Consent.sol";
import {LimitsLib, STATE_HALTED} from "./types/Limits.sol";
import {Key, KeyLib, Party, PartyLib} from "./types/Party.sol";
import {Obligation} from "./types/Receivable.sol";

/// @title Parties, their accounts and mandates.
abstract contract Parties is Consents, Ownable2Step, LimitsRules, IParties {
    bytes32 private constant ADMISSION =
        keccak256("Admission(uint32 party,bytes32 identity,address account,uint40 deadline)");
    bytes32 private constant MANDATE = keccak256(
        "Mandate(uint32 party,address key,uint16 scopes,uint16 currency,uint40 validUntil,uint64 cap,uint32 nonce,uint40 deadline)"
    );
    bytes32 private constant REVOCATION =
        keccak256("Revocation(uint32 party,address key,uint32 nonce,uint40 deadline)");
    bytes32 private constant QUOTA =
        keccak256("Quota(uint32 party,uint16 currency,uint64 quota,uint32 nonce,uint40 deadline)");

    /// @dev Which mandate the account alone may use: no key carries this scope.
    uint16 private constant ACCOUNT_ONLY = 0;

    // ------------------------------------------------------------------ the operator's acts

    /// @inheritdoc IParties
    function admit(
        uint32 number,
        bytes32 identity,
        address account,
        uint8 roles,
        uint40 validUntil,
        Consent[] calldata consents
    ) external onlyOwner {
        if (number == 0) revert PartyNumberInvalid(number);
        if (account == address(0)) revert ZeroAddress();
        if (_parties[number].account() != address(0)) revert PartyAlreadyAdmitted(number);
        if (_partyOf[identity] != 0) revert IdentityAlreadyAdmitted(identity, _partyOf[identity]);
        _requireUnbound(account);
        _requireSignature(account, abi.encode(ADMISSION, number, identity, account, uint256(0)), consents);

        Party party_ = PartyLib.pack(account, validUntil, roles);
        Key key = KeyLib.account(number, 0);
        _parties[number] = party_;
        _partyOf[identity] = number;
        _keyOf[account] = key;
        emit PartyAdmitted(number, identity, Party.unwrap(party_), Key.unwrap(key));
    }

    /// @inheritdoc IParties
    function setRoles(uint32 number, uint8 roles, uint40 validUntil) external onlyOwner {
        emit RolesSet(number, _put(number, _known(number).withRoles(roles, validUntil)));
    }

    /// @inheritdoc IParties
    function freeze(uint32 number, bool frozen) external onlyOwner {
        emit FreezeSet(number, _put(number, _known(number).withFrozen(frozen)));
    }

    /// @inheritdoc IParties
    function bar(uint32 number, bool barred) external onlyOwner {
        emit BarSet(number, _put(number, _known(number).withBarred(barred)));
    }

    /// @inheritdoc IParties
    function setLimits(uint16 maxTenorDays, uint8 maxHops, uint8 rejectWindowDays, uint8 expiryDays, uint64 minLot)
        external
        onlyOwner
    {
        _storeLimits(
            LimitsLib.pack(_limits.state(), maxTenorDays, maxHops, rejectWindowDays, expiryDays, minLot)
        );
    }

    /// @inheritdoc IParties
    function setState(uint8 state) external onlyOwner {
        if (state > STATE_HALTED) revert StateInvalid(state);
        _storeLimits(_limits.withState(state));
    }

    /// @inheritdoc IParties
    function setFingerprintKey(uint8 version, bytes32 publicKey) external onlyOwner {
        if (_fingerprintKeys[version] != 0) revert FingerprintKeyAlreadySet(version);
        _fingerprintKeys[version] = publicKey;
        emit FingerprintKeySet(version, publicKey);
    }

    /// @dev An operator hands over to a successor or stays: with none, nobody could ever lift a freeze again.
    function renounceOwnership() public view override onlyOwner {
        revert OwnableInvalidOwner(address(0));
    }

    // ------------------------------------------------------------------ a party's own acts

    /// @inheritdoc IParties
    function setKey(
        uint32 number,
        address key,
        uint16 scopes,
        uint16 currency,
        uint40 validUntil,
        uint64 cap,
        Consent[] calldata consents
    ) external {
        Party party_ = _active(number);
        if (key == address(0)) revert ZeroAddress();
        // An account's own word is not its to narrow: it would lock itself out.
        if (key == party_.account()) revert AddressAlreadyBound(key, number);
        if (_keyOf[key].party() != number) _requireUnbound(key);
        bytes memory message =
            abi.encode(MANDATE, number, key, scopes, currency, validUntil, cap, party_.nonce(), uint256(0));
        _requireConsent(number, party_, ACCOUNT_ONLY, 0, 0, message, consents);
        _requireSignature(key, message, consents);

        Key word = KeyLib.pack(number, scopes, currency, validUntil, cap, party_.epoch());
        _keyOf[key] = word;
        emit KeySet(number, key, Key.unwrap(word), _put(number, party_.raiseNonce()));
    }

    /// @inheritdoc IParties
    function revokeKey(uint32 number, address key, Consent[] calldata consents) external {
        Party party_ = _known(number);
        if (_keyOf[key].party() != number || key == party_.account()) revert KeyUnknown(key);
        _requireConsent(
            number,
            party_,
            ACCOUNT_ONLY,
            0,
            0,
            abi.encode(REVOCATION, number, key, party_.nonce(), uint256(0)),
            consents
        );

        Key word = KeyLib.pack(number, 0, 0, 0, 0, party_.epoch());
        _keyOf[key] = word;
        emit KeyRevoked(number, key, Key.unwrap(word), _put(number, party_.raiseNonce()));
    }

    /// @inheritdoc IParties
    function setQuota(uint32 number, uint16 currency, uint64 quota, Consent[] calldata consents) external {
        Party party_ = _active(number);
        _requireConsent(
            number,
            party_,
            ACCOUNT_ONLY,
            0,
            0,
            abi.encode(QUOTA, number, currency, quota, party_.nonce(), uint256(0)),
            consents
        );

        uint256 slot = _obligationSlot(number, currency);
        Obligation word = _obligations[slot].withQuota(quota);
        _obligations[slot] = word;
        emit QuotaSet(number, currency, Obligation.unwrap(word), _put(number, party_.raiseNonce()));
    }

    // ------------------------------------------------------------------ for the parts above

    function _put(uint32 number, Party party_) internal returns (uint256) {
        _parties[number] = party_;
        return Party.unwrap(party_);
    }

    function _requireUnbound(address key) internal view {
        uint32 bound = _keyOf[key].party();
        if (bound != 0) revert AddressAlreadyBound(key, bound);
    }
}
