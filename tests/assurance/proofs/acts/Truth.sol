// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A truth that is computed and never branched on: a condition of any size costs the prover no path.
type Truth is bool;

using {and as &, or as |, not as ~} for Truth global;

function t(bool a) pure returns (Truth) {
    return Truth.wrap(a);
}

function and(Truth a, Truth b) pure returns (Truth c) {
    assembly ("memory-safe") {
        c := and(a, b)
    }
}

function or(Truth a, Truth b) pure returns (Truth c) {
    assembly ("memory-safe") {
        c := or(a, b)
    }
}

function not(Truth a) pure returns (Truth c) {
    assembly ("memory-safe") {
        c := iszero(a)
    }
}

/// @return c `a` if so, else `b`
function pick(Truth so, uint256 a, uint256 b) pure returns (uint256 c) {
    assembly ("memory-safe") {
        c := xor(b, and(sar(255, shl(255, so)), xor(a, b)))
    }
}
