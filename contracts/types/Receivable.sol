// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a supplier registers and its obligor confirms; both sign all of it.
/// @dev Amounts in minor units of an ISO 4217 currency (numeric code); dates in seconds since 1970, UTC midnight.
/// Static on purpose: its EIP-712 hash is one copy from calldata.
struct Terms {
    uint32 obligor;
    uint32 originator;
    uint32 settler;
    uint64 face;
    uint16 currency;
    uint32 maturity;
    uint32 issuedOn;
    uint32 deliveredOn;
    uint32 acceptedOn;
    bytes32 documentsRoot;
    bytes32 invoicesHash;
    bytes32 salt;
}

/// @notice Terms in calldata, after `ReceivableRules._checked` has refused every field wider than its type: read as
/// often as need be without checking again.
type CheckedTerms is uint256;

/// @notice A receivable. While registered: low 192 bits of the commitment | expires 40 | - 8 | status 8 | flags 8.
/// Once confirmed: face 64 | settled 64 | maturity 32 | obligor 32 | settler 32 | currency 16 | status 8 | flags 8.
type Facts is uint256;

/// @notice One obligor's total in one currency: outstanding 64 | quota 64 (0 = no limit) | count 32 (not yet settled).
type Obligation is uint256;

/// @notice How much of an invoice is spoken for: receivable (latest) 64 | cap 64 | used 64 | uses 32 | currency 16 |
/// place 8 | fingerprints 8.
type InvoiceUse is uint256;

using TermsLib for CheckedTerms global;
using FactsLib for Facts global;
using ObligationLib for Obligation global;
using InvoiceUseLib for InvoiceUse global;

uint8 constant RECEIVABLE_REGISTERED = 1;
uint8 constant RECEIVABLE_CONFIRMED = 2;
uint8 constant RECEIVABLE_DECLINED = 3;
uint8 constant RECEIVABLE_WITHDRAWN = 4;
uint8 constant RECEIVABLE_EXPIRED = 5;
uint8 constant RECEIVABLE_CANCELED = 6;

library TermsLib {
    function obligor(CheckedTerms self) internal pure returns (uint32) {
        return uint32(_word(self, 0));
    }

    function originator(CheckedTerms self) internal pure returns (uint32) {
        return uint32(_word(self, 1));
    }

    function settler(CheckedTerms self) internal pure returns (uint32) {
        return uint32(_word(self, 2));
    }

    function face(CheckedTerms self) internal pure returns (uint64) {
        return uint64(_word(self, 3));
    }

    function currency(CheckedTerms self) internal pure returns (uint16) {
        return uint16(_word(self, 4));
    }

    function maturity(CheckedTerms self) internal pure returns (uint32) {
        return uint32(_word(self, 5));
    }

    function documentsRoot(CheckedTerms self) internal pure returns (bytes32) {
        return bytes32(_word(self, 9));
    }

    function salt(CheckedTerms self) internal pure returns (bytes32) {
        return bytes32(_word(self, 11));
    }

    /// @return obligor, originator, settler, face, currency and maturity, from the lowest bit
    function termsWord(CheckedTerms self) internal pure returns (uint256) {
        return _word(self, 0) | (_word(self, 1) << 32) | (_word(self, 2) << 64) | (_word(self, 3) << 96)
            | (_word(self, 4) << 160) | (_word(self, 5) << 176);
    }

    /// @return issuedOn, deliveredOn and acceptedOn, from the lowest bit
    function datesWord(CheckedTerms self) internal pure returns (uint256) {
        return _word(self, 6) | (_word(self, 7) << 32) | (_word(self, 8) << 64);
    }

    function invoicesHash(CheckedTerms self) internal pure returns (bytes32) {
        return bytes32(_word(self, 10));
    }

    /// @param place of the member in Terms
    function _word(CheckedTerms self, uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(self, shl(5, place)))
        }
    }
}

library FactsLib {
    uint256 private constant SUSPENDED = 1 << 248;

    function packRegistered(bytes32 commitment, uint256 expires_) internal pure returns (Facts) {
        return Facts.wrap(
            uint256(uint192(uint256(commitment))) | (uint256(uint40(expires_)) << 192)
                | (uint256(RECEIVABLE_REGISTERED) << 240)
        );
    }

    function packConfirmed(CheckedTerms terms) internal pure returns (Facts) {
        return Facts.wrap(
            uint256(terms.face()) | (uint256(terms.maturity()) << 128) | (uint256(terms.obligor()) << 160)
                | (uint256(terms.settler()) << 192) | (uint256(terms.currency()) << 224)
                | (uint256(RECEIVABLE_CONFIRMED) << 240)
        );
    }

    function exists(Facts self) internal pure returns (bool) {
        return Facts.unwrap(self) != 0;
    }

    function matches(Facts self, bytes32 commitment) internal pure returns (bool) {
        return uint192(Facts.unwrap(self)) == uint192(uint256(commitment));
    }

    function expires(Facts self) internal pure returns (uint40) {
        return uint40(Facts.unwrap(self) >> 192);
    }

    function status(Facts self) internal pure returns (uint8) {
        return uint8(Facts.unwrap(self) >> 240);
    }

    function isSuspended(Facts self) internal pure returns (bool) {
        return Facts.unwrap(self) & SUSPENDED != 0;
    }

    function face(Facts self) internal pure returns (uint64) {
        return uint64(Facts.unwrap(self));
    }

    function settled(Facts self) internal pure returns (uint64) {
        return uint64(Facts.unwrap(self) >> 64);
    }

    function maturity(Facts self) internal pure returns (uint32) {
        return uint32(Facts.unwrap(self) >> 128);
    }

    function obligor(Facts self) internal pure returns (uint32) {
        return uint32(Facts.unwrap(self) >> 160);
    }

    function settler(Facts self) internal pure returns (uint32) {
        return uint32(Facts.unwrap(self) >> 192);
    }

    function currency(Facts self) internal pure returns (uint16) {
        return uint16(Facts.unwrap(self) >> 224);
    }

    function withStatus(Facts self, uint8 status_) internal pure returns (Facts) {
        return Facts.wrap((Facts.unwrap(self) & ~(uint256(0xff) << 240)) | (uint256(status_) << 240));
    }

    function withSuspended(Facts self, bool suspended) internal pure returns (Facts) {
        return Facts.wrap(suspended ? Facts.unwrap(self) | SUSPENDED : Facts.unwrap(self) & ~SUSPENDED);
    }

    /// @dev The caller has shown that settled + amount <= face, so nothing runs into the next field.
    function settle(Facts self, uint64 amount) internal pure returns (Facts) {
        unchecked {
            return Facts.wrap(Facts.unwrap(self) + (uint256(amount) << 64));
        }
    }
}

library ObligationLib {
    uint256 private constant ONE = 1 << 128;

    function outstanding(Obligation self) internal pure returns (uint64) {
        return uint64(Obligation.unwrap(self));
    }

    function quota(Obligation self) internal pure returns (uint64) {
        return uint64(Obligation.unwrap(self) >> 64);
    }

    /// @dev The caller has checked that outstanding + face fits 64 bits.
    function confirm(Obligation self, uint64 face) internal pure returns (Obligation) {
        unchecked {
            return Obligation.wrap(Obligation.unwrap(self) + uint256(face) + ONE);
        }
    }

    /// @dev Lots are parts of confirmed faces, so amount <= outstanding always; `last` ends the receivable.
    function settle(Obligation self, uint64 amount, bool last) internal pure returns (Obligation) {
        unchecked {
            return Obligation.wrap(Obligation.unwrap(self) - uint256(amount) - (last ? ONE : 0));
        }
    }

    function withQuota(Obligation self, uint64 quota_) internal pure returns (Obligation) {
        uint256 kept = Obligation.unwrap(self) & ~(uint256(type(uint64).max) << 64);
        return Obligation.wrap(kept | (uint256(quota_) << 64));
    }
}

library InvoiceUseLib {
    function pack(
        uint64 receivable_,
        uint64 cap_,
        uint64 used_,
        uint32 uses_,
        uint16 currency_,
        uint8 place_,
        uint8 fingerprints_
    ) internal pure returns (InvoiceUse) {
        return InvoiceUse.wrap(
            uint256(receivable_) | (uint256(cap_) << 64) | (uint256(used_) << 128) | (uint256(uses_) << 192)
                | (uint256(currency_) << 224) | (uint256(place_) << 240) | (uint256(fingerprints_) << 248)
        );
    }

    function receivable(InvoiceUse self) internal pure returns (uint64) {
        return uint64(InvoiceUse.unwrap(self));
    }

    function cap(InvoiceUse self) internal pure returns (uint64) {
        return uint64(InvoiceUse.unwrap(self) >> 64);
    }

    function used(InvoiceUse self) internal pure returns (uint64) {
        return uint64(InvoiceUse.unwrap(self) >> 128);
    }

    function uses(InvoiceUse self) internal pure returns (uint32) {
        return uint32(InvoiceUse.unwrap(self) >> 192);
    }

    function fingerprints(InvoiceUse self) internal pure returns (uint8) {
        return uint8(InvoiceUse.unwrap(self) >> 248);
    }

    /// @notice Same cap and currency.
    function isAlike(InvoiceUse self, InvoiceUse other) internal pure returns (bool) {
        uint256 differing = InvoiceUse.unwrap(self) ^ InvoiceUse.unwrap(other);
        return differing & ((uint256(type(uint64).max) << 64) | (uint256(type(uint16).max) << 224)) == 0;
    }

    /// @dev The caller has checked that the sum is within the cap; uses would need 2^32 registrations to overflow.
    function plus(InvoiceUse self, InvoiceUse known) internal pure returns (InvoiceUse) {
        unchecked {
            return InvoiceUse.wrap(
                InvoiceUse.unwrap(self) + (uint256(known.used()) << 128) + (uint256(known.uses()) << 192)
            );
        }
    }

    /// @dev One use fewer; the word is deleted with the last.
    function release(InvoiceUse self, uint64 amount) internal pure returns (InvoiceUse) {
        unchecked {
            if (self.uses() == 1) return InvoiceUse.wrap(0);
            return InvoiceUse.wrap(InvoiceUse.unwrap(self) - (uint256(amount) << 128) - (uint256(1) << 192));
        }
    }
}
