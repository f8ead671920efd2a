// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Truth, t} from "./Truth.sol";

/// @dev The prover's own instructions, as forge's (Vm) and halmos' (Svm).
interface Vm {
    function assume(bool) external;
    function getCode(string calldata) external view returns (bytes memory);
    function load(address, bytes32) external view returns (bytes32);
    function prank(address) external;
    function warp(uint256) external;
}

interface Svm {
    function createAddress(string calldata) external returns (address);
    function createBool(string calldata) external returns (bool);
    function createBytes(uint256 length, string calldata) external returns (bytes memory);
    function createUint256(string calldata) external returns (uint256);
    function createUint(uint256 bits, string calldata) external returns (uint256);
    function enableSymbolicStorage(address) external;
}

struct Lot {
    uint256 holder;
    uint256 peer;
    uint256 amount;
    uint256 receivable;
    uint256 until;
    uint256 seq;
    uint256 hops;
    uint256 status;
}

struct Facts {
    uint256 face;
    uint256 settled;
    uint256 maturity;
    uint256 obligor;
    uint256 settler;
    uint256 currency;
    uint256 status;
    uint256 flags;
}

struct Obligation {
    uint256 outstanding;
    uint256 quota;
    uint256 count;
}

struct Party {
    uint256 account;
    uint256 validUntil;
    uint256 nonce;
    uint256 epoch;
    uint256 roles;
    uint256 flags;
}

struct Limits {
    uint256 state;
    uint256 tenorDays;
    uint256 maxHops;
    uint256 rejectDays;
    uint256 expiryDays;
    uint256 minLot;
}

/// @title The ledger's state as words, laid out as the specification's table of slots says; nothing of the contract's
/// own code is used here. Any state there may be: the storage is symbolic, so is the time.
/// @dev What is assumed of it stands in `vm.assume`: the words are some that the ledger itself writes.
abstract contract State {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    Svm internal constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    uint256 internal constant LIMITS = 0;
    uint256 internal constant PARTIES = 1;
    uint256 internal constant RECOVERIES = 2;
    uint256 internal constant ARBITER = 3;
    uint256 internal constant PARTY_OF = 4;
    uint256 internal constant KEYS = 5;
    uint256 internal constant OBLIGATIONS = 6;
    uint256 internal constant FACTS = 7;
    uint256 internal constant LOTS = 8;
    uint256 internal constant INVOICES = 9;
    uint256 internal constant FINGERPRINT_KEYS = 10;
    uint256 internal constant OWNER = 13;
    uint256 internal constant PENDING_OWNER = 14;

    uint256 internal constant FREE = 1;
    uint256 internal constant LOCKED = 2;
    uint256 internal constant PLEDGED = 3;
    uint256 internal constant FINANCED = 4;
    uint256 internal constant REDEEMED = 5;

    uint256 internal constant REGISTERED = 1;
    uint256 internal constant CONFIRMED = 2;
    uint256 internal constant CANCELED = 6;

    uint256 internal constant OBLIGOR = 1;
    uint256 internal constant SUPPLIER = 2;
    uint256 internal constant FUNDER = 4;
    uint256 internal constant REGISTRAR = 8;
    uint256 internal constant SETTLER = 16;

    uint256 internal constant FROZEN = 1;
    uint256 internal constant BARRED = 2;
    uint256 internal constant VETOED = 4;
    uint256 internal constant SUSPENDED = 1;

    uint256 internal constant OPEN = 0;
    uint256 internal constant HALTED = 2;
    uint256 internal constant LAST_SEQ = type(uint16).max;

    address internal registry;

    // ------------------------------------------------------------------ words

    /// @dev Slots that are no mapping have the key 0.
    function at(uint256 slot, uint256 key) internal view returns (uint256) {
        bool alone = slot == LIMITS || slot == ARBITER || slot >= OWNER;
        return uint256(vm.load(registry, alone ? bytes32(slot) : keccak256(abi.encode(key, slot))));
    }

    function bits(uint256 word, uint256 from, uint256 count) internal pure returns (uint256) {
        unchecked {
            return (word >> from) & ((1 << count) - 1);
        }
    }

    function assume(Truth so) internal {
        vm.assume(Truth.unwrap(so));
    }

    // ------------------------------------------------------------------ lots

    function lotAt(uint256 id) internal returns (Lot memory l) {
        uint256 word = at(LOTS, id);
        l.holder = bits(word, 0, 32);
        l.peer = bits(word, 32, 32);
        l.amount = bits(word, 64, 64);
        l.receivable = bits(word, 128, 64);
        l.until = bits(word, 192, 32);
        l.seq = bits(word, 224, 16);
        l.hops = bits(word, 240, 8);
        l.status = bits(word, 248, 8);
        assume(t(word == 0) | (t(l.status >= FREE) & t(l.status <= REDEEMED)));
    }

    function packed(Lot memory l) internal pure returns (uint256) {
        return l.holder | (l.peer << 32) | (l.amount << 64) | (l.receivable << 128) | (l.until << 192)
            | (l.seq << 224) | (l.hops << 240) | (l.status << 248);
    }

    function isLive(Lot memory l) internal pure returns (Truth) {
        return t(l.status >= FREE) & t(l.status <= FINANCED);
    }

    // ------------------------------------------------------------------ receivables

    function factsAt(uint256 receivable) internal returns (Facts memory f) {
        uint256 word = at(FACTS, receivable);
        f.face = bits(word, 0, 64);
        f.settled = bits(word, 64, 64);
        f.maturity = bits(word, 128, 32);
        f.obligor = bits(word, 160, 32);
        f.settler = bits(word, 192, 32);
        f.currency = bits(word, 224, 16);
        f.status = bits(word, 240, 8);
        f.flags = bits(word, 248, 8);
        assume(t(word == 0) | (t(f.status >= REGISTERED) & t(f.status <= CANCELED)));
    }

    function packed(Facts memory f) internal pure returns (uint256) {
        return f.face | (f.settled << 64) | (f.maturity << 128) | (f.obligor << 160) | (f.settler << 192)
            | (f.currency << 224) | (f.status << 240) | (f.flags << 248);
    }

    function isSuspended(Facts memory f) internal pure returns (Truth) {
        return t(f.flags & SUSPENDED != 0);
    }

    function totalOf(uint256 obligor, uint256 currency) internal pure returns (uint256) {
        return (obligor << 16) | currency;
    }

    function obligationAt(uint256 key) internal view returns (Obligation memory o) {
        uint256 word = at(OBLIGATIONS, key);
        o.outstanding = bits(word, 0, 64);
        o.quota = bits(word, 64, 64);
        // All that is left: the ledger writes nothing above.
        o.count = word >> 128;
    }

    function packed(Obligation memory o) internal pure returns (uint256) {
        return o.outstanding | (o.quota << 64) | (o.count << 128);
    }

    // ------------------------------------------------------------------ parties

    function partyAt(uint256 number) internal view returns (Party memory p) {
        uint256 word = at(PARTIES, number);
        p.account = bits(word, 0, 160);
        p.validUntil = bits(word, 160, 40);
        p.nonce = bits(word, 200, 32);
        p.epoch = bits(word, 232, 8);
        p.roles = bits(word, 240, 8);
        p.flags = bits(word, 248, 8);
    }

    function packed(Party memory p) internal pure returns (uint256) {
        return p.account | (p.validUntil << 160) | (p.nonce << 200) | (p.epoch << 232) | (p.roles << 240)
            | (p.flags << 248);
    }

    function isKnown(uint256 number) internal returns (Truth) {
        uint256 word = at(PARTIES, number);
        // Three flags: what is above them would let the word overflow when the nonce comes round.
        assume(t(word == 0) | (t(bits(word, 0, 160) != 0) & t(word >> 251 == 0)));
        return t(word != 0);
    }

    function isUnfrozen(uint256 number) internal returns (Truth) {
        return isKnown(number) & t(partyAt(number).flags & FROZEN == 0);
    }

    function isActive(uint256 number) internal returns (Truth) {
        return isUnfrozen(number) & t(partyAt(number).validUntil >= block.timestamp);
    }

    function hasRole(uint256 number, uint256 role) internal view returns (Truth) {
        return t(partyAt(number).roles & role != 0);
    }

    // ------------------------------------------------------------------ limits

    function limits() internal returns (Limits memory m) {
        uint256 word = at(LIMITS, 0);
        m.state = bits(word, 0, 8);
        m.tenorDays = bits(word, 8, 16);
        m.maxHops = bits(word, 24, 8);
        m.rejectDays = bits(word, 32, 8);
        m.expiryDays = bits(word, 40, 8);
        m.minLot = bits(word, 48, 64);
        assume(t(m.state <= HALTED) & t(word >> 112 == 0) & areLimits(m));
    }

    function packed(Limits memory m) internal pure returns (uint256) {
        return m.state | (m.tenorDays << 8) | (m.maxHops << 24) | (m.rejectDays << 32) | (m.expiryDays << 40)
            | (m.minLot << 48);
    }

    function areLimits(Limits memory m) internal pure returns (Truth) {
        return t(m.tenorDays != 0) & t(m.maxHops != 0) & t(m.expiryDays != 0);
    }

    function isRunning() internal returns (Truth) {
        return t(limits().state < HALTED);
    }
}
