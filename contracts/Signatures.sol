// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Whether an address signed a digest.
library Signatures {
    /// @dev Half the group order: the twin of a signature, with s above it, is refused (EIP-2).
    uint256 private constant HIGHEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev ECDSA first, then ERC-1271: the other way round breaks accounts that delegate to code (EIP-7702).
    function isBy(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        return signer != address(0)
            && (_recovered(digest, signature) == signer
                || SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature));
    }

    /// @return signer 0 for anything but 65 bytes r | s | v with a low s; the precompile itself demands v = 27 or 28
    function _recovered(bytes32 digest, bytes calldata signature) private view returns (address signer) {
        uint256 highest = HIGHEST_S;
        assembly ("memory-safe") {
            if and(eq(signature.length, 65), iszero(gt(calldataload(add(signature.offset, 0x20)), highest))) {
                let input := mload(0x40)
                mstore(input, digest)
                mstore(add(input, 0x20), byte(0, calldataload(add(signature.offset, 0x40))))
                calldatacopy(add(input, 0x40), signature.offset, 0x40)
                // Where no address comes back, the zero put here beforehand stays.
                mstore(0x00, 0)
                pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                signer := mload(0x00)
            }
        }
    }
}
