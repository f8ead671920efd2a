// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A wallet of three owners, any two of whom act: what a company's contract account looks like in tests.
contract TwoOfThree is IERC1271 {
    mapping(address owner => bool) public isOwner;
    uint256 public nonce;

    error NotTwoOwners();
    error CallFailed(bytes reason);

    constructor(address first, address second, address third) {
        isOwner[first] = isOwner[second] = isOwner[third] = true;
    }

    /// @param signatures two of 65 bytes each, by different owners in ascending order of their addresses
    function isValidSignature(bytes32 hash, bytes memory signatures) public view returns (bytes4) {
        if (signatures.length != 130) return 0xffffffff;
        address first = _signer(hash, signatures, 0);
        address second = _signer(hash, signatures, 65);
        bool areTwo = first < second && isOwner[first] && isOwner[second];
        return areTwo ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    /// @notice The wallet sends a call of its own.
    function execute(address to, bytes calldata data, bytes calldata signatures) external {
        bytes32 hash = keccak256(abi.encode(address(this), nonce++, to, data));
        if (isValidSignature(hash, signatures) != IERC1271.isValidSignature.selector) revert NotTwoOwners();
        (bool done, bytes memory reason) = to.call(data);
        if (!done) revert CallFailed(reason);
    }

    function _signer(bytes32 hash, bytes memory signatures, uint256 start) private pure returns (address) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly ("memory-safe") {
            let place := add(add(signatures, 0x20), start)
            r := mload(place)
            s := mload(add(place, 0x20))
            v := byte(0, mload(add(place, 0x40)))
        }
        return ecrecover(hash, v, r, s);
    }
}
