// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";

/// @title What happens when things go wrong: disputes, suspension, enforcement, recourse, loss.
interface IRemedies {
    event ReceivableContested(
        uint64 indexed receivable,
        uint32 indexed party,
        uint256 lot,
        uint8 code,
        bytes32 evidence,
        uint256 partyWord
    );
    event SuspensionSet(uint64 indexed receivable, uint256 factsWord, bytes32 reason);
    event LotForced(uint256 indexed lot, uint256 lotWord, bytes32 reason);
    event LotEnforced(uint256 indexed lot, uint256 lotWord);
    event LotReassigned(uint256 indexed lot, uint256 lotWord, bytes32 termsHash);
    event LotPutBack(uint256 indexed lot, uint256 lotWord);
    event LotWrittenOff(
        uint256 indexed lot, uint256 lotWord, uint256 factsWord, uint256 obligationWord, bytes32 reason
    );

    error CodeInvalid(uint8 code);
    error LotNotPledged(uint256 lot, uint8 status);
    error LotNotFinanced(uint256 lot, uint8 status);
    error NoRecourse(uint256 lot);

    /// @notice The obligor, or a holder naming its lot, contests a confirmed receivable. Only an event:
    /// `Contest(receivable, lot, party, code, evidence, nonce)`.
    /// @param lot a lot of the receivable; the obligor may name none, 0
    /// @param code 1 to 6 for C01 to C06
    /// @param evidence hash of the evidence
    function contest(
        uint64 receivable,
        uint256 lot,
        uint32 by,
        uint8 code,
        bytes32 evidence,
        Consent[] calldata consents
    ) external;

    /// @notice The arbiter alone; from then on the receivable's lots move only backwards or down.
    function suspend(uint64 receivable, bytes32 reason) external;

    function resume(uint64 receivable, bytes32 reason) external;

    /// @notice The arbiter alone gives a lot to another active party; lock, pledge and recourse stay.
    function forcedTransfer(uint256 lot, uint32 to, bytes32 reason) external;

    /// @notice From the maturity on a pledgee takes title: `Enforcement(lot, seq, lotAmount)`.
    function enforce(uint256 lot, Consent[] calldata consents) external;

    /// @notice A financed lot passes whole from one funder to the next, both signing
    /// `Reassignment(lot, seq, lotAmount, to, termsHash)`; the recourse party stays.
    function reassign(uint256 lot, uint32 to, bytes32 termsHash, Consent[] calldata consents) external;

    /// @notice From the maturity on the holding funder gives a lot back to its recourse party:
    /// `PutBack(lot, seq, lotAmount)`.
    function putBack(uint256 lot, Consent[] calldata consents) external;

    /// @notice The holder, of a pledged lot the funder too, gives up a claim, which counts as settled:
    /// `WriteOff(lot, seq, lotAmount, amount, reason)`.
    function writeOff(uint256 lot, uint64 amount, bytes32 reason, Consent[] calldata consents) external;
}
