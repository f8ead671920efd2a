// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "../../../../contracts/types/Consent.sol";
import {Party, State} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";

/// @notice Who sends an act, with whose signatures.
struct Given {
    address sender;
    Consent[] list;
}

/// @title What every proof says of an act: called in any state, at any time, by anybody, with any arguments, it
/// succeeds if and only if its condition holds, and then every word of the state is what it should be.
/// @dev What is proved is the committed artifact's code, which the prover finds in Registry.json, annex included.
/// A consent's signature is 65 bytes of anything; recovering and hashing are left uninterpreted. Signers are no
/// contracts.
abstract contract Proof is State {
    uint256 private constant HIGHEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    uint256 internal constant TO_REGISTER = 1;
    uint256 internal constant TO_CONFIRM = 2;
    uint256 internal constant TO_TRANSFER = 4;
    uint256 internal constant TO_FINANCE = 8;
    uint256 internal constant TO_SETTLE = 16;
    uint256 internal constant ANYTHING = type(uint16).max;
    uint256 internal constant ACCOUNT_ONLY = 0;

    /// @dev A year, 8 hops, 3 days, 30 days, 1: only for the constructor, whose state is forgotten.
    uint256 private constant ANY_LIMITS = (365 << 8) | (8 << 24) | (3 << 32) | (30 << 40) | (1 << 48);

    struct Count {
        Truth isNamed;
        Truth byAccount;
        Truth isWrong;
        Truth byKeys;
        address first;
    }

    struct Write {
        uint256 slot;
        uint256 key;
        uint256 word;
        Truth so;
    }

    bytes32 private _domain;
    Write[] private _writes;

    function setUp() public {
        bytes memory code =
            bytes.concat(vm.getCode("Registry.json"), abi.encode(ANY_LIMITS, address(0x0b), address(0xab)));
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        assert(made != address(0));
        registry = made;
        _domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Counterfoil"),
                keccak256("1"),
                block.chainid,
                made
            )
        );
        svm.enableSymbolicStorage(made);
        uint256 time = svm.createUint(40, "now");
        vm.assume(time != 0);
        vm.warp(time);
    }

    // ------------------------------------------------------------------ consents

    /// @notice Any sender, with no consent or one; in the list stands one of these two parties' account.
    function given(uint256 one, uint256 other) internal returns (Given memory g) {
        g = listed(svm.createBool("a consent") ? 1 : 0);
        if (g.list.length != 0) {
            uint256 signer = uint160(g.list[0].signer);
            assume(t(signer == partyAt(one).account) | t(signer == partyAt(other).account));
        }
    }

    function given(uint256 number) internal returns (Given memory) {
        return given(number, number);
    }

    function alone() internal returns (Given memory) {
        return listed(0);
    }

    /// @notice Any sender, with any list of so many consents.
    function listed(uint256 count) internal returns (Given memory g) {
        g.sender = _person("sender");
        g.list = new Consent[](count);
        for (uint256 i; i < count; ++i) {
            g.list[i] = Consent(
                _person("signer"), uint40(svm.createUint(40, "deadline")), svm.createBytes(65, "signature")
            );
        }
        // No key is ever granted to the address 0.
        vm.assume(g.sender != address(0) && at(KEYS, 0) == 0);
    }

    /// @dev Not one of the contracts that the prover knows: it numbers them from 0xaaaa0000 on.
    function _person(string memory name) private returns (address who) {
        who = svm.createAddress(name);
        assume(
            t(uint160(who) >> 16 != 0xaaaa) & t(who != address(this)) & t(who != address(vm))
                & t(who != address(svm))
        );
    }

    /// @notice The account as sender or by its signature; else one key whose mandate covers the act; else two.
    /// @dev A listed key that would count must have signed: what is wrong is not passed over.
    /// @param message the message's type hash and members without the deadline
    function consented(
        Given memory g,
        uint256 number,
        uint256 scope,
        uint256 currency,
        uint256 amount,
        bytes memory message
    ) internal view returns (Truth) {
        Count memory c;
        for (uint256 i; i < g.list.length; ++i) {
            Consent memory each = g.list[i];
            Truth isSigned = _signed(each, message);
            Truth isAccount = t(uint160(each.signer) == partyAt(number).account);
            c.byAccount = c.byAccount | (~c.isNamed & isAccount & isSigned);
            c.isNamed = c.isNamed | isAccount;
            Truth asKey = _counts(each.signer, number, scope, currency) & t(each.signer != c.first) & ~c.byKeys;
            c.isWrong = c.isWrong | (asKey & ~isSigned);
            c.byKeys = c.byKeys | (asKey & (t(_cap(each.signer) >= amount) | t(c.first != address(0))));
            c.first = address(uint160(pick(asKey, uint160(each.signer), uint160(c.first))));
        }
        Truth bySender = _counts(g.sender, number, scope, currency)
            & (t(_cap(g.sender) >= amount) | (t(c.first != address(0)) & t(c.first != g.sender)));
        return t(uint160(g.sender) == partyAt(number).account) | c.byAccount
            | (~c.isNamed & ~c.isWrong & (c.byKeys | bySender));
    }

    /// @notice The address itself, as sender or by its signature.
    function signedBy(Given memory g, address signer, bytes memory message) internal view returns (Truth so) {
        Truth isNamed;
        for (uint256 i; i < g.list.length; ++i) {
            Truth isSigner = t(g.list[i].signer == signer);
            so = so | (~isNamed & isSigner & _signed(g.list[i], message));
            isNamed = isNamed | isSigner;
        }
        so = so | t(g.sender == signer);
    }

    function _counts(address signer, uint256 number, uint256 scope, uint256 currency) private view returns (Truth) {
        uint256 key = at(KEYS, uint160(signer));
        uint256 own = bits(key, 48, 16);
        return t(bits(key, 0, 32) == number) & t(bits(key, 32, 16) & scope != 0)
            & (t(own == 0) | t(currency == 0) | t(own == currency)) & isLiveKey(key, number);
    }

    function isLiveKey(uint256 key, uint256 number) internal view returns (Truth) {
        return t(bits(key, 64, 40) >= block.timestamp) & t(bits(key, 168, 8) == partyAt(number).epoch);
    }

    function _cap(address signer) private view returns (uint256) {
        return bits(at(KEYS, uint160(signer)), 104, 64);
    }

    function _signed(Consent memory consent, bytes memory message) private view returns (Truth) {
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901", _domain, keccak256(bytes.concat(message, abi.encode(consent.deadline)))
            )
        );
        bytes memory signature = consent.signature;
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
            v := byte(0, mload(add(signature, 0x60)))
        }
        return t(consent.signer != address(0)) & t(block.timestamp <= consent.deadline)
            & t(uint256(s) <= HIGHEST_S) & t(ecrecover(digest, v, r, s) == consent.signer);
    }

    // ------------------------------------------------------------------ who is who

    function isOperator(Given memory g) internal returns (Truth) {
        return isAlone(OWNER, g.sender);
    }

    function isArbiter(Given memory g) internal returns (Truth) {
        return isAlone(ARBITER, g.sender);
    }

    /// @dev The one address this slot holds.
    function isAlone(uint256 slot, address who) internal returns (Truth) {
        uint256 word = at(slot, 0);
        assume(t(word >> 160 == 0));
        return t(word == uint160(who));
    }

    function isUnbound(address key) internal view returns (Truth) {
        return t(bits(at(KEYS, uint160(key)), 0, 32) == 0);
    }

    /// @dev All scopes, any currency, without end, without cap.
    function accountKey(uint256 number, uint256 epoch) internal pure returns (uint256) {
        return number | (uint256(type(uint16).max) << 32) | (uint256(type(uint40).max) << 64)
            | (uint256(type(uint64).max) << 104) | (epoch << 168);
    }

    function raiseNonce(uint256 number, Party memory p) internal {
        unchecked {
            p.nonce = bits(p.nonce + 1, 0, 32);
        }
        expect(PARTIES, number, packed(p));
    }

    // ------------------------------------------------------------------ what is proved

    /// @notice After the act this slot holds this word.
    function expect(uint256 slot, uint256 key, uint256 word) internal {
        expectIf(t(true), slot, key, word);
    }

    function expectIf(Truth so, uint256 slot, uint256 key, uint256 word) internal {
        _writes.push(Write(slot, key, word, so));
    }

    /// @notice The act succeeds if and only if `may`; then each slot holds what is expected of it, any other slot
    /// what it held before.
    function prove(Given memory g, Truth may, bytes memory act) internal {
        // One slot of each mapping, whichever: what is shown of it holds for all.
        uint256 key = svm.createUint256("any key");
        uint256[15] memory words;
        for (uint256 slot; slot <= PENDING_OWNER; ++slot) {
            words[slot] = at(slot, key);
        }
        vm.prank(g.sender);
        (bool succeeds,) = registry.call(act);
        assert(succeeds == Truth.unwrap(may));
        if (!succeeds) return;
        for (uint256 i; i < _writes.length; ++i) {
            Write memory each = _writes[i];
            words[each.slot] = pick(each.so & _is(each, key), each.word, words[each.slot]);
        }
        Truth exact = t(true);
        for (uint256 slot; slot <= PENDING_OWNER; ++slot) {
            exact = exact & t(at(slot, key) == words[slot]);
        }
        assert(Truth.unwrap(exact));
    }

    function _is(Write memory each, uint256 key) private pure returns (Truth) {
        bool alone_ = each.slot == LIMITS || each.slot == ARBITER || each.slot >= OWNER;
        return t(alone_) | t(each.key == key);
    }
}
