// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../types/Consent.sol";

/// @title Lots are held for a funder, then sold or pledged to it.
interface IFinancing {
    event LotLocked(uint256 indexed lot, uint256 lotWord);
    event LotReleased(uint256 indexed lot, uint256 lotWord);
    /// @notice The word says whether it was sold (financed) or pledged.
    event LotFinanced(uint256 indexed lot, uint256 lotWord, bytes32 termsHash);

    error LotNotLocked(uint256 lot, uint8 status);
    error LockEndInvalid(uint32 until);
    error LockOver(uint256 lot, uint32 until);
    error LockNotOver(uint256 lot, uint32 until);

    /// @notice The holder holds a lot for one funder: `Lock(lot, seq, lotAmount, funder, until)`.
    /// @param until seconds; at most the maturity
    function lock(uint256 lot, uint32 funder, uint32 until, Consent[] calldata consents) external;

    /// @notice `by` is the funder at any time, or of a lock the holder from its end: `Release(lot, seq, lotAmount)`.
    function release(uint256 lot, uint32 by, Consent[] calldata consents) external;

    /// @notice Holder and funder both sign
    /// `Sale(lot, seq, lotAmount, funder, withRecourse, pledge, termsHash)`. In a sale title passes to the funder; in a
    /// pledge it stays, and `withRecourse` is only what both signed.
    function finance(uint256 lot, bool withRecourse, bool pledge, bytes32 termsHash, Consent[] calldata consents)
        external;
}
