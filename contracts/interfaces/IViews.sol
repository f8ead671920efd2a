// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The state as it is stored: packed words, laid out in contracts/types.
interface IViews {
    function limits() external view returns (uint256);
    function party(uint32 number) external view returns (uint256);
    function recovery(uint32 number) external view returns (uint256);
    function partyOf(bytes32 identity) external view returns (uint32);
    function keyOf(address key) external view returns (uint256);
    function arbiter() external view returns (address);
    function fingerprintKey(uint8 version) external view returns (bytes32);
    function facts(uint64 receivable) external view returns (uint256);
    function obligation(uint32 obligor, uint16 currency) external view returns (uint256);
    function invoiceOf(bytes32 fingerprint) external view returns (uint256);
    function lotOf(uint256 lot) external view returns (uint256);
    function childOf(uint256 parent, uint16 seq) external pure returns (uint256);

    // For explorers.
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function ownerOf(uint256 lot) external view returns (address);
    function tokenURI(uint256 lot) external view returns (string memory);

    /// @notice The contract that draws what `tokenURI` answers.
    function metadata() external view returns (address);
}
