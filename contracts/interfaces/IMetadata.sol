// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Draws a lot for explorers and custody screens, from its words alone.
interface IMetadata {
    /// @return uri `data:application/json;base64,` with name, description, image (SVG) and attributes
    function describe(uint256 lot, uint256 lotWord, uint256 factsWord) external pure returns (string memory uri);
}
