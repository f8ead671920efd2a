// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "../../../../contracts/types/Receivable.sol";
import {Proof} from "./Proof.sol";
import {Truth, pick, t} from "./Truth.sol";

/// @notice One invoice's use as it is packed into an act's arguments, with one or two fingerprints.
struct Use {
    uint256 cap;
    uint256 amount;
    bytes32[] fingerprints;
    bytes list;
}

/// @title A receivable by its terms, with one invoice.
abstract contract ByTerms is Proof {
    bytes32 private constant TERMS = keccak256(
        "Terms(uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt)"
    );

    function commitmentOf(Terms memory terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(TERMS, terms));
    }

    function idOf(bytes32 commitment) internal pure returns (uint256) {
        return uint256(commitment) >> 192;
    }

    function anyUse(uint256 count) internal returns (Use memory u) {
        u.cap = svm.createUint(64, "cap");
        u.amount = svm.createUint(64, "used amount");
        u.fingerprints = new bytes32[](count);
        u.list = abi.encodePacked(uint64(u.cap), uint64(u.amount), uint8(count));
        for (uint256 i; i < count; ++i) {
            u.fingerprints[i] = bytes32(svm.createUint256("fingerprint"));
            u.list = bytes.concat(u.list, u.fingerprints[i]);
        }
    }

    // ------------------------------------------------------------------ an invoice's word

    function usedOf(uint256 word) internal pure returns (uint256) {
        return bits(word, 128, 64);
    }

    function usesOf(uint256 word) internal pure returns (uint256) {
        return bits(word, 192, 32);
    }

    /// @notice One fingerprint: new, or known to stand alone for an invoice of the same cap and currency, of which
    /// so much is left.
    function mayUse(Use memory u, uint256 receivable, uint256 currency) internal returns (Truth) {
        uint256 word = at(INVOICES, uint256(u.fingerprints[0]));
        assume(t(usesOf(word) < type(uint32).max));
        Truth isAlike = t(bits(word, 64, 64) == u.cap) & t(bits(word, 224, 16) == currency)
            & t(word >> 248 == 1) & t(bits(word, 0, 64) != receivable);
        unchecked {
            return t(u.fingerprints[0] != 0) & t(u.amount != 0) & (t(word == 0) | isAlike)
                & t(usedOf(word) + u.amount <= u.cap);
        }
    }

    function uses(Use memory u, uint256 receivable, uint256 currency) internal {
        uint256 word = at(INVOICES, uint256(u.fingerprints[0]));
        unchecked {
            uint256 used = usedOf(word) + u.amount;
            uint256 count = usesOf(word) + 1;
            expect(
                INVOICES,
                uint256(u.fingerprints[0]),
                receivable | (u.cap << 64) | (used << 128) | (count << 192) | (currency << 224) | (1 << 248)
            );
        }
    }

    /// @notice The invoice's word, which every one of its fingerprints holds, those named `later` too.
    /// @dev Assumes what Accounting.sol proves: a use is a part of what is used.
    function mayRelease(Use memory u, bytes32[] memory later) internal returns (Truth so) {
        bytes32 first = u.fingerprints[0];
        uint256 word = at(INVOICES, uint256(first));
        assume(t(word == 0) | (t(usesOf(word) != 0) & t(usedOf(word) >= u.amount)));
        unchecked {
            so = t(word != 0) & t(word >> 248 == 1 + later.length);
        }
        for (uint256 i; i < later.length; ++i) {
            so = so & t(at(INVOICES, uint256(later[i])) == word) & t(later[i] != first);
        }
    }

    function releases(Use memory u, bytes32[] memory later) internal {
        uint256 word = at(INVOICES, uint256(u.fingerprints[0]));
        unchecked {
            uint256 left = pick(t(usesOf(word) == 1), 0, word - (u.amount << 128) - (1 << 192));
            expect(INVOICES, uint256(u.fingerprints[0]), left);
            for (uint256 i; i < later.length; ++i) {
                expect(INVOICES, uint256(later[i]), left);
            }
        }
    }
}
