// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Signatures} from "./Signatures.sol";
import {Store} from "./Store.sol";
import {IConsents} from "./interfaces/IConsents.sol";
import {Consent} from "./types/Consent.sol";
import {Key, Party, ROLE_REGISTRAR, SCOPE_REGISTER} from "./types/Party.sol";

/// @title The one way to consent: a party's key, as sender or by its signature over an act's EIP-712 message.
abstract contract Consents is Store, EIP712, IConsents {
    // ------------------------------------------------------------------ parties

    function _known(uint32 number) internal view returns (Party party_) {
        party_ = _parties[number];
        if (Party.unwrap(party_) == 0) revert UnknownParty(number);
    }

    /// @dev For what runs backwards or down a party may have expired; where its own word gives value away it may
    /// not be frozen.
    function _unfrozen(uint32 number) internal view returns (Party party_) {
        party_ = _parties[number];
        if (party_.isFrozen()) revert PartyFrozen(number);
        if (Party.unwrap(party_) == 0) revert UnknownParty(number);
    }

    /// @dev Admitted, not frozen, not expired.
    function _active(uint32 number) internal view returns (Party party_) {
        party_ = _parties[number];
        if (!party_.isActiveAt(block.timestamp)) {
            if (party_.isFrozen()) revert PartyFrozen(number);
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

    function _requireArbiter() internal view {
        if (msg.sender != _arbiter) revert SenderNotArbiter(msg.sender);
    }

    // ------------------------------------------------------------------ consents

    /// @dev Where this holds, `_requireConsent` does too: asked first, it spares the frequent acts their message.
    function _isSender(Party party_) internal view returns (bool) {
        return msg.sender == party_.account();
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
        // The account first: it needs no mandate, and another party's consents in the list cost nothing to pass by.
        for (uint256 i; i < consents.length; ++i) {
            Consent calldata consent = consents[i];
            if (consent.signer == account) return _requireSigned(account, consent, message);
        }
        _requireMandates(number, party_, scope, currency, amount, message, consents);
    }

    /// @notice Reverts unless `signer` itself sent the transaction or signed the message.
    function _requireSignature(address signer, bytes memory message, Consent[] calldata consents) internal view {
        if (msg.sender == signer) return;
        for (uint256 i; i < consents.length; ++i) {
            Consent calldata consent = consents[i];
            if (consent.signer == signer) return _requireSigned(signer, consent, message);
        }
        revert SignatureInvalid(signer);
    }

    /// @notice The EIP-712 encoding of a message whose one member is an array of structs.
    function _batchMessage(bytes32 typeHash, bytes32[] memory hashes) internal pure returns (bytes memory) {
        return abi.encode(typeHash, keccak256(abi.encodePacked(hashes)), uint256(0));
    }

    function _isLive(Key key, Party party_) internal view returns (bool) {
        return key.epoch() == party_.epoch() && key.validUntil() >= block.timestamp;
    }

    // ------------------------------------------------------------------ private

    function _requireMandates(
        uint32 number,
        Party party_,
        uint16 scope,
        uint16 currency,
        uint256 amount,
        bytes memory message,
        Consent[] calldata consents
    ) private view {
        address first;
        bool counts;
        bool suffices;
        for (uint256 i; i < consents.length; ++i) {
            Consent calldata consent = consents[i];
            address signer = consent.signer;
            (counts, suffices) = _mandate(signer, number, party_, scope, currency, amount);
            if (!counts || signer == first) continue;
            _requireSigned(signer, consent, message);
            if (suffices || first != address(0)) return;
            first = signer;
        }
        // The sender last: a mere relayer costs nothing more.
        (counts, suffices) = _mandate(msg.sender, number, party_, scope, currency, amount);
        if (suffices || (counts && first != address(0) && first != msg.sender)) return;
        if (counts || first != address(0)) revert CapExceeded(number, amount);
        revert ConsentMissing(number, scope);
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

    function _requireSigned(address signer, Consent calldata consent, bytes memory message) private view {
        uint256 deadline = consent.deadline;
        if (block.timestamp > deadline) revert ConsentExpired(signer, uint40(deadline));
        bytes32 structHash;
        assembly ("memory-safe") {
            let length := mload(message)
            mstore(add(message, length), deadline)
            structHash := keccak256(add(message, 0x20), length)
        }
        if (!Signatures.isBy(signer, _hashTypedDataV4(structHash), consent.signature)) revert SignatureInvalid(signer);
    }
}
