// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One party, from the lowest bit: account 160 | validUntil 40 | nonce 32 | epoch 8 | roles 8 | flags 8.
type Party is uint256;

/// @notice One key, from the lowest bit: party 32 | scopes 16 | currency 16 (0 = any) | validUntil 40 | cap 64 | epoch 8.
type Key is uint256;

/// @notice One proposal, from the lowest bit: account 160 | effective 40 (from when it may be taken).
type Recovery is uint256;

using PartyLib for Party global;
using KeyLib for Key global;
using RecoveryLib for Recovery global;

uint8 constant ROLE_OBLIGOR = 1;
uint8 constant ROLE_SUPPLIER = 2;
uint8 constant ROLE_FUNDER = 4;
uint8 constant ROLE_REGISTRAR = 8;
uint8 constant ROLE_SETTLER = 16;

uint16 constant SCOPE_REGISTER = 1;
uint16 constant SCOPE_CONFIRM = 2;
uint16 constant SCOPE_TRANSFER = 4;
uint16 constant SCOPE_FINANCE = 8;
uint16 constant SCOPE_SETTLE = 16;
// Asked for where a mandate of any kind suffices.
uint16 constant SCOPE_ANY = type(uint16).max;

library PartyLib {
    uint256 private constant ONE_NONCE = 1 << 200;
    uint256 private constant NONCE_MASK = uint256(type(uint32).max) << 200;
    uint256 private constant FROZEN = 1 << 248;
    uint256 private constant BARRED = 1 << 249;
    uint256 private constant VETOED = 1 << 250;
    uint256 private constant ONE_EPOCH = 1 << 232;

    function pack(address account_, uint40 validUntil_, uint8 roles_) internal pure returns (Party) {
        return Party.wrap(
            uint256(uint160(account_)) | (uint256(validUntil_) << 160) | (uint256(roles_) << 240)
        );
    }

    function account(Party self) internal pure returns (address) {
        return address(uint160(Party.unwrap(self)));
    }

    function validUntil(Party self) internal pure returns (uint40) {
        return uint40(Party.unwrap(self) >> 160);
    }

    function nonce(Party self) internal pure returns (uint32) {
        return uint32(Party.unwrap(self) >> 200);
    }

    function epoch(Party self) internal pure returns (uint8) {
        return uint8(Party.unwrap(self) >> 232);
    }

    function hasRole(Party self, uint8 role) internal pure returns (bool) {
        return Party.unwrap(self) & (uint256(role) << 240) != 0;
    }

    function isFrozen(Party self) internal pure returns (bool) {
        return Party.unwrap(self) & FROZEN != 0;
    }

    /// @notice Neither frozen nor expired; a party that was never admitted is not.
    /// @dev One comparison for both: the frozen flag stands above validUntil here, and no time is that far ahead.
    function isActiveAt(Party self, uint256 time) internal pure returns (bool) {
        unchecked {
            uint256 flagAndUntil = (Party.unwrap(self) >> 160) & ((FROZEN >> 160) | type(uint40).max);
            return flagAndUntil - time <= type(uint40).max;
        }
    }

    function isBarred(Party self) internal pure returns (bool) {
        return Party.unwrap(self) & BARRED != 0;
    }

    function isVetoed(Party self) internal pure returns (bool) {
        return Party.unwrap(self) & VETOED != 0;
    }

    function withVeto(Party self) internal pure returns (Party) {
        return Party.wrap(Party.unwrap(self) | VETOED);
    }

    /// @notice A new account in a new epoch, whose owner may veto again. The caller has checked that the epoch can rise.
    function withAccount(Party self, address account_) internal pure returns (Party) {
        uint256 kept = Party.unwrap(self) & ~(uint256(type(uint160).max) | VETOED);
        return Party.wrap((kept | uint256(uint160(account_))) + ONE_EPOCH);
    }

    function raiseNonce(Party self) internal pure returns (Party) {
        uint256 word = Party.unwrap(self);
        return Party.wrap((word & ~NONCE_MASK) | ((word + ONE_NONCE) & NONCE_MASK));
    }

    function withFrozen(Party self, bool frozen) internal pure returns (Party) {
        return Party.wrap(frozen ? Party.unwrap(self) | FROZEN : Party.unwrap(self) & ~FROZEN);
    }

    function withBarred(Party self, bool barred) internal pure returns (Party) {
        return Party.wrap(barred ? Party.unwrap(self) | BARRED : Party.unwrap(self) & ~BARRED);
    }

    function withRoles(Party self, uint8 roles_, uint40 validUntil_) internal pure returns (Party) {
        uint256 kept = Party.unwrap(self) & ~((uint256(type(uint40).max) << 160) | (uint256(0xff) << 240));
        return Party.wrap(kept | (uint256(validUntil_) << 160) | (uint256(roles_) << 240));
    }
}

library KeyLib {
    function pack(uint32 party_, uint16 scopes_, uint16 currency_, uint40 validUntil_, uint64 cap_, uint8 epoch_)
        internal
        pure
        returns (Key)
    {
        return Key.wrap(
            uint256(party_) | (uint256(scopes_) << 32) | (uint256(currency_) << 48) | (uint256(validUntil_) << 64)
                | (uint256(cap_) << 104) | (uint256(epoch_) << 168)
        );
    }

    /// @notice An account's own word: everything, without end.
    function account(uint32 party_, uint8 epoch_) internal pure returns (Key) {
        return pack(party_, type(uint16).max, 0, type(uint40).max, type(uint64).max, epoch_);
    }

    function party(Key self) internal pure returns (uint32) {
        return uint32(Key.unwrap(self));
    }

    function hasScope(Key self, uint16 scope) internal pure returns (bool) {
        return Key.unwrap(self) & (uint256(scope) << 32) != 0;
    }

    /// @dev An act without a currency passes 0 and fits every key.
    function covers(Key self, uint16 currency) internal pure returns (bool) {
        uint16 own = uint16(Key.unwrap(self) >> 48);
        return own == 0 || currency == 0 || own == currency;
    }

    function validUntil(Key self) internal pure returns (uint40) {
        return uint40(Key.unwrap(self) >> 64);
    }

    function cap(Key self) internal pure returns (uint64) {
        return uint64(Key.unwrap(self) >> 104);
    }

    function epoch(Key self) internal pure returns (uint8) {
        return uint8(Key.unwrap(self) >> 168);
    }
}

library RecoveryLib {
    function pack(address account_, uint256 effective_) internal pure returns (Recovery) {
        return Recovery.wrap(uint256(uint160(account_)) | (uint256(uint40(effective_)) << 160));
    }

    function account(Recovery self) internal pure returns (address) {
        return address(uint160(Recovery.unwrap(self)));
    }

    function effective(Recovery self) internal pure returns (uint40) {
        return uint40(Recovery.unwrap(self) >> 160);
    }
}
