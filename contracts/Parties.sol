// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {Store} from "./Store.sol";
import {IParties} from "./interfaces/IParties.sol";
import {Consent} from "./types/Consent.sol";
import {Limits, LimitsLib} from "./types/Limits.sol";
import {Key, KeyLib, Party, PartyLib, ROLE_REGISTRAR, SCOPE_REGISTER} from "./types/Party.sol";
import {Obligation} from "./types/Receivable.sol";

/// @title Parties, their accounts and mandates, and the one way to consent.
abstract contract Parties is Store, EIP712, Ownable2Step, IParties {
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
        Key key = KeyLib.pack(number, type(uint16).max, 0, type(uint40).max, type(uint64).max, 0);
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
        _setLimits(
            LimitsLib.pack(_limits.state(), maxTenorDays, maxHops, rejectWindowDays, expiryDays, minLot)
        );
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

    // ------------------------------------------------------------------ views

    /// @inheritdoc IParties
    function limits() external view returns (uint256) {
        return Limits.unwrap(_limits);
    }

    /// @inheritdoc IParties
    function party(uint32 number) external view returns (uint256) {
        return Party.unwrap(_parties[number]);
    }

    /// @inheritdoc IParties
    function partyOf(bytes32 identity) external view returns (uint32) {
        return _partyOf[identity];
    }

    /// @inheritdoc IParties
    function keyOf(address key) external view returns (uint256) {
        return Key.unwrap(_keyOf[key]);
    }

    /// @inheritdoc IParties
    function arbiter() external view returns (address) {
        return _arbiter;
    }

    /// @inheritdoc IParties
    function fingerprintKey(uint8 version) external view returns (bytes32) {
        return _fingerprintKeys[version];
    }

    // ------------------------------------------------------------------ for the parts above

    function _setLimits(Limits limits_) internal {
        // Without a tenor, a hop or a time to confirm nothing could ever be issued: surely a slip.
        if (limits_.maxTenor() == 0 || limits_.maxHops() == 0 || limits_.expiry() == 0) revert LimitsInvalid();
        _limits = limits_;
        emit LimitsSet(Limits.unwrap(limits_));
    }

    function _known(uint32 number) internal view returns (Party party_) {
        party_ = _parties[number];
        if (Party.unwrap(party_) == 0) revert UnknownParty(number);
    }

    /// @dev Admitted, not frozen, not expired.
    function _active(uint32 number) internal view returns (Party party_) {
        party_ = _parties[number];
        if (party_.isFrozen()) revert PartyFrozen(number);
        // solhint-disable-next-line not-rely-on-time
        if (party_.validUntil() < block.timestamp) {
            if (Party.unwrap(party_) == 0) revert UnknownParty(number);
            revert PartyExpired(number);
        }
    }

    function _requireRole(uint32 number, Party party_, uint8 role) internal pure {
        if (!party_.hasRole(role)) revert RoleMissing(number, role);
    }

    function _requireRegistrar() internal view {
        Key key = _keyOf[msg.sender];
        uint32 number = key.party();
        if (number == 0) revert SenderNotRegistrar(msg.sender);
        Party registrar = _active(number);
        if (!registrar.hasRole(ROLE_REGISTRAR) || !key.hasScope(SCOPE_REGISTER) || !_isLive(key, registrar)) {
            revert SenderNotRegistrar(msg.sender);
        }
    }

    /// @notice Reverts unless `number` consents to an act of `amount`: by its account, by one key whose mandate
    /// covers it, or by two distinct keys with the scope whatever their caps.
    /// @param message the act's EIP-712 encoding with its deadline, the last word, left open; empty without consents
    function _requireConsent(
        uint32 number,
        Party party_,
        uint16 scope,
        uint16 currency,
        uint256 amount,
        bytes memory message,
        Consent[] calldata consents
    ) internal view {
        address account = party_.account();
        if (msg.sender == account) return;
        address first;
        bool counts;
        bool suffices;
        for (uint256 i; i < consents.length; ++i) {
            address signer = consents[i].signer;
            if (signer == account) {
                _requireSigned(consents[i], message);
                return;
            }
            (counts, suffices) = _mandate(signer, number, party_, scope, currency, amount);
            if (!counts || signer == first) continue;
            _requireSigned(consents[i], message);
            if (suffices || first != address(0)) return;
            first = signer;
        }
        // The sender last: a mere relayer costs nothing more.
        (counts, suffices) = _mandate(msg.sender, number, party_, scope, currency, amount);
        if (suffices || (counts && first != address(0) && first != msg.sender)) return;
        if (counts || first != address(0)) revert CapExceeded(number, amount);
        revert ConsentMissing(number, scope);
    }

    /// @notice Reverts unless `signer` itself sent the transaction or signed the message.
    function _requireSignature(address signer, bytes memory message, Consent[] calldata consents) internal view {
        if (msg.sender == signer) return;
        for (uint256 i; i < consents.length; ++i) {
            if (consents[i].signer == signer) {
                _requireSigned(consents[i], message);
                return;
            }
        }
        revert SignatureInvalid(signer);
    }

    // ------------------------------------------------------------------ private

    function _put(uint32 number, Party party_) private returns (uint256) {
        _parties[number] = party_;
        return Party.unwrap(party_);
    }

    function _requireUnbound(address key) private view {
        uint32 bound = _keyOf[key].party();
        if (bound != 0) revert AddressAlreadyBound(key, bound);
    }

    function _isLive(Key key, Party party_) private view returns (bool) {
        return key.epoch() == party_.epoch() && key.validUntil() >= block.timestamp;
    }

    /// @return counts the key may take part in the act
    /// @return suffices it may do so alone
    function _mandate(address signer, uint32 number, Party party_, uint16 scope, uint16 currency, uint256 amount)
        private
        view
        returns (bool counts, bool suffices)
    {
        Key key = _keyOf[signer];
        counts = key.party() == number && key.hasScope(scope) && key.covers(currency) && _isLive(key, party_);
        suffices = counts && key.cap() >= amount;
    }

    /// @dev ECDSA first, then ERC-1271: the other way round breaks accounts that delegate to code (EIP-7702).
    function _requireSigned(Consent calldata consent, bytes memory message) private view {
        address signer = consent.signer;
        uint256 deadline = consent.deadline;
        if (block.timestamp > deadline) revert ConsentExpired(signer, uint40(deadline));
        bytes32 structHash;
        assembly ("memory-safe") {
            let length := mload(message)
            mstore(add(message, length), deadline)
            structHash := keccak256(add(message, 0x20), length)
        }
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, consent.signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return;
        if (SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, consent.signature)) return;
        revert SignatureInvalid(signer);
    }
}
