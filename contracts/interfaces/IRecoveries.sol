// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";

/// @title A party that lost its account gets another; lots stay where they are, since parties hold them.
interface IRecoveries {
    event AccountProposed(uint32 indexed party, uint256 recoveryWord);
    event ProposalVetoed(uint32 indexed party, address indexed account, uint256 partyWord);
    event AccountTaken(uint32 indexed party, address indexed account, uint256 partyWord, uint256 keyWord);
    event ArbiterSet(address indexed arbiter);

    error ProposalUnknown(uint32 party);
    error ProposalFinal(uint32 party);
    error ProposalWaits(uint32 party, uint40 effective);
    error EpochExhausted(uint32 party);

    /// @notice The operator proposes; after a veto only the arbiter, finally. Each proposal waits its own 7 days and
    /// replaces the one before.
    function proposeAccount(uint32 party, address account) external;

    /// @notice Any live key, even of a frozen or expired party: `Veto(party, account, nonce)`.
    function vetoAccount(uint32 party, Consent[] calldata consents) external;

    /// @notice The new account signs `Takeover(party, account, nonce)`; the epoch rises and all older keys die.
    function takeAccount(uint32 party, Consent[] calldata consents) external;

    /// @notice The arbiter is replaced only by itself.
    function setArbiter(address arbiter) external;
}
