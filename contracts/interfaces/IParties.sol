// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";

/// @title Parties: who may sign for whom.
/// @notice Events carry the new packed word of every slot they change, so that state can be replayed from them.
interface IParties {
    event PartyAdmitted(uint32 indexed party, bytes32 indexed identity, uint256 partyWord, uint256 keyWord);
    event KeySet(uint32 indexed party, address indexed key, uint256 keyWord, uint256 partyWord);
    event KeyRevoked(uint32 indexed party, address indexed key, uint256 keyWord, uint256 partyWord);
    event QuotaSet(uint32 indexed party, uint16 indexed currency, uint256 obligationWord, uint256 partyWord);
    event RolesSet(uint32 indexed party, uint256 partyWord);
    event FreezeSet(uint32 indexed party, uint256 partyWord);
    event BarSet(uint32 indexed party, uint256 partyWord);
    event FingerprintKeySet(uint8 indexed version, bytes32 publicKey);

    error PartyNumberInvalid(uint32 party);
    error PartyAlreadyAdmitted(uint32 party);
    error IdentityAlreadyAdmitted(bytes32 identity, uint32 party);
    error AddressAlreadyBound(address key, uint32 party);
    error KeyUnknown(address key);
    error FingerprintKeyAlreadySet(uint8 version);
    error StateInvalid(uint8 state);

    /// @notice The operator admits a party whose account signs `Admission(party, identity, account)`.
    /// @param identity keyed fingerprint of its legal identifier, refused twice
    function admit(
        uint32 party,
        bytes32 identity,
        address account,
        uint8 roles,
        uint40 validUntil,
        Consent[] calldata consents
    ) external;

    /// @notice The account grants a mandate; account and key both sign `Mandate(...)` or send it.
    /// @param currency ISO 4217 numeric, 0 = any
    /// @param cap largest amount one act may carry alone, in minor units
    function setKey(
        uint32 party,
        address key,
        uint16 scopes,
        uint16 currency,
        uint40 validUntil,
        uint64 cap,
        Consent[] calldata consents
    ) external;

    /// @notice The account withdraws a mandate; the address stays bound to its party.
    function revokeKey(uint32 party, address key, Consent[] calldata consents) external;

    /// @notice The obligor's account bounds what may be outstanding in a currency; 0 = no bound.
    function setQuota(uint32 party, uint16 currency, uint64 quota, Consent[] calldata consents) external;

    function setRoles(uint32 party, uint8 roles, uint40 validUntil) external;

    function freeze(uint32 party, bool frozen) external;

    /// @notice A barred obligor is named in no new receivable.
    function bar(uint32 party, bool barred) external;

    function setLimits(uint16 maxTenorDays, uint8 maxHops, uint8 rejectWindowDays, uint8 expiryDays, uint64 minLot)
        external;

    /// @notice Published once per version, never overwritten: proofs made under it stay checkable.
    function setFingerprintKey(uint8 version, bytes32 publicKey) external;

    /// @param state 0 open, 1 no new receivables, 2 halted
    function setState(uint8 state) external;
}
