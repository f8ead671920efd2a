// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A part of one receivable, from the lowest bit: holder 32 | peer 32 | amount 64 | receivable 64 | until 32 |
/// seq 16 | hops 8 | status 8.
/// @dev peer: previous holder after a transfer, the funder while locked or pledged, the recourse party once financed.
/// until: end of the receiver's right to reject while free, end of the lock while locked.
type Lot is uint256;

using LotLib for Lot global;

uint8 constant LOT_FREE = 1;
uint8 constant LOT_LOCKED = 2;
uint8 constant LOT_PLEDGED = 3;
uint8 constant LOT_FINANCED = 4;
uint8 constant LOT_REDEEMED = 5;

/// @dev Transitions work on the whole word. Callers have checked status, that seq and hops can rise and that no more
/// is taken than there is; a checked sum would see the whole word overflow only, never a field, so none is.
library LotLib {
    uint256 private constant HOLDER = type(uint32).max;
    uint256 private constant PEER = HOLDER << 32;
    uint256 private constant RECEIVABLE = uint256(type(uint64).max) << 128;
    uint256 private constant UNTIL = HOLDER << 192;
    uint256 private constant HOPS = uint256(0xff) << 240;
    uint256 private constant STATUS = uint256(0xff) << 248;
    uint256 private constant ONE_SEQ = 1 << 224;
    uint256 private constant ONE_HOP = 1 << 240;

    function root(uint32 holder_, uint64 amount_, uint64 receivable_) internal pure returns (Lot) {
        return Lot.wrap(
            uint256(holder_) | (uint256(amount_) << 64) | (uint256(receivable_) << 128) | (uint256(LOT_FREE) << 248)
        );
    }

    /// @notice The whole lot passes on; its receiver may reject until `until_`.
    function passOn(Lot self, uint32 to, uint32 until_) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self);
            uint256 kept = word & ~(HOLDER | PEER | UNTIL);
            return
                Lot.wrap((kept | to | ((word & HOLDER) << 32) | (uint256(until_) << 192)) + ONE_SEQ + ONE_HOP);
        }
    }

    /// @notice The child that a part makes.
    function part(Lot self, uint32 to, uint64 amount_, uint32 until_) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self);
            return Lot.wrap(
                ((word & (RECEIVABLE | HOPS | STATUS)) | to | ((word & HOLDER) << 32) | (uint256(amount_) << 64)
                        | (uint256(until_) << 192)) + ONE_HOP
            );
        }
    }

    /// @notice What stays with the holder after a part has left.
    function rest(Lot self, uint64 taken) internal pure returns (Lot) {
        unchecked {
            return Lot.wrap((Lot.unwrap(self) & ~(PEER | UNTIL)) - (uint256(taken) << 64) + ONE_SEQ);
        }
    }

    function giveBack(Lot self) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self);
            return Lot.wrap(((word & ~(HOLDER | PEER | UNTIL)) | ((word & PEER) >> 32)) + ONE_SEQ);
        }
    }

    function lockFor(Lot self, uint32 funder, uint32 until_) internal pure returns (Lot) {
        unchecked {
            uint256 kept = Lot.unwrap(self) & ~(PEER | UNTIL | STATUS);
            return Lot.wrap(
                (kept | (uint256(funder) << 32) | (uint256(until_) << 192) | (uint256(LOT_LOCKED) << 248)) + ONE_SEQ
            );
        }
    }

    function unlock(Lot self) internal pure returns (Lot) {
        return Lot.wrap((Lot.unwrap(self) & ~(PEER | UNTIL | STATUS)) | (uint256(LOT_FREE) << 248));
    }

    /// @notice Title passes to the funder; the seller stays behind as recourse party or not at all.
    function sell(Lot self, bool withRecourse) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self);
            uint256 sold = (word & ~(HOLDER | PEER | UNTIL | STATUS)) | ((word & PEER) >> 32)
                | (uint256(LOT_FINANCED) << 248);
            if (withRecourse) sold |= (word & HOLDER) << 32;
            return Lot.wrap(sold + ONE_SEQ);
        }
    }

    /// @notice Title stays, the funder's claim on it is noted.
    function pledge(Lot self) internal pure returns (Lot) {
        unchecked {
            uint256 kept = Lot.unwrap(self) & ~(UNTIL | STATUS);
            return Lot.wrap((kept | (uint256(LOT_PLEDGED) << 248)) + ONE_SEQ);
        }
    }

    /// @notice Title passes to the pledgee, who from now on has recourse to nobody.
    function enforce(Lot self) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self);
            uint256 kept = word & ~(HOLDER | PEER | UNTIL | STATUS);
            return Lot.wrap((kept | ((word & PEER) >> 32) | (uint256(LOT_FINANCED) << 248)) + ONE_SEQ);
        }
    }

    /// @notice From one funder to the next; the recourse party stays behind both.
    function reassign(Lot self, uint32 to) internal pure returns (Lot) {
        unchecked {
            return Lot.wrap(((Lot.unwrap(self) & ~HOLDER) | to) + ONE_SEQ);
        }
    }

    /// @notice Back to the recourse party, free of the financing.
    function putBack(Lot self) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self);
            uint256 kept = word & ~(HOLDER | PEER | UNTIL | STATUS);
            return Lot.wrap((kept | ((word & PEER) >> 32) | (uint256(LOT_FREE) << 248)) + ONE_SEQ);
        }
    }

    /// @notice Another holder by the arbiter's order. Ends the right to reject; lock, pledge and recourse stay, and
    /// seq, so that even a lot at its last seq can be moved.
    function force(Lot self, uint32 to) internal pure returns (Lot) {
        uint256 word = Lot.unwrap(self) & ~HOLDER;
        if (self.status() == LOT_FREE) word &= ~(PEER | UNTIL);
        return Lot.wrap(word | to);
    }

    /// @notice Nothing is left of a lot whose receivable was canceled.
    function end(Lot self) internal pure returns (Lot) {
        return self.pay(self.amount());
    }

    function raiseSeq(Lot self) internal pure returns (Lot) {
        unchecked {
            return Lot.wrap(Lot.unwrap(self) + ONE_SEQ);
        }
    }

    /// @notice Less by what was paid, redeemed at zero. A payment ends the right to reject; a lock or a recourse
    /// party stays. seq does not rise.
    function pay(Lot self, uint64 paid) internal pure returns (Lot) {
        unchecked {
            uint256 word = Lot.unwrap(self) - (uint256(paid) << 64);
            if (paid == self.amount()) {
                word = (word & ~(PEER | UNTIL | STATUS)) | (uint256(LOT_REDEEMED) << 248);
            } else if (self.status() == LOT_FREE) {
                word &= ~(PEER | UNTIL);
            }
            return Lot.wrap(word);
        }
    }

    function holder(Lot self) internal pure returns (uint32) {
        return uint32(Lot.unwrap(self));
    }

    function peer(Lot self) internal pure returns (uint32) {
        return uint32(Lot.unwrap(self) >> 32);
    }

    /// @notice Whom a payment is due to: the pledgee of a pledged lot, else the holder.
    function payee(Lot self) internal pure returns (uint32) {
        return self.status() == LOT_PLEDGED ? self.peer() : self.holder();
    }

    function amount(Lot self) internal pure returns (uint64) {
        return uint64(Lot.unwrap(self) >> 64);
    }

    function receivable(Lot self) internal pure returns (uint64) {
        return uint64(Lot.unwrap(self) >> 128);
    }

    function until(Lot self) internal pure returns (uint32) {
        return uint32(Lot.unwrap(self) >> 192);
    }

    function seq(Lot self) internal pure returns (uint16) {
        return uint16(Lot.unwrap(self) >> 224);
    }

    function hops(Lot self) internal pure returns (uint8) {
        return uint8(Lot.unwrap(self) >> 240);
    }

    function status(Lot self) internal pure returns (uint8) {
        return uint8(Lot.unwrap(self) >> 248);
    }
}
