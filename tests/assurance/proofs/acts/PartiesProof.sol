// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParties} from "../../../../contracts/interfaces/IParties.sol";
import {Given, Proof} from "./Proof.sol";
import {Limits, Obligation, Party} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";

interface IOwned {
    function acceptOwnership() external;
    function renounceOwnership() external;
    function transferOwnership(address) external;
}

contract PartiesProof is Proof {
    bytes32 private constant ADMISSION =
        keccak256("Admission(uint32 party,bytes32 identity,address account,uint40 deadline)");
    bytes32 private constant MANDATE = keccak256(
        "Mandate(uint32 party,address key,uint16 scopes,uint16 currency,uint40 validUntil,uint64 cap,uint32 nonce,uint40 deadline)"
    );
    bytes32 private constant REVOCATION =
        keccak256("Revocation(uint32 party,address key,uint32 nonce,uint40 deadline)");
    bytes32 private constant QUOTA =
        keccak256("Quota(uint32 party,uint16 currency,uint64 quota,uint32 nonce,uint40 deadline)");

    // ------------------------------------------------------------------ the operator

    function check_admit(uint32 number, bytes32 identity, address account, uint8 roles, uint40 validUntil)
        external
    {
        Given memory g = listed(1);
        bytes memory message = abi.encode(ADMISSION, number, identity, account);
        assume(t(at(PARTY_OF, uint256(identity)) < 1 << 32));
        Truth may = isOperator(g) & t(number != 0) & t(account != address(0)) & ~isKnown(number)
            & t(at(PARTY_OF, uint256(identity)) == 0) & isUnbound(account) & signedBy(g, account, message);
        Party memory p;
        p.account = uint160(account);
        p.validUntil = validUntil;
        p.roles = roles;
        expect(PARTIES, number, packed(p));
        expect(PARTY_OF, uint256(identity), number);
        expect(KEYS, uint160(account), accountKey(number, 0));
        prove(
            g, may, abi.encodeCall(IParties.admit, (number, identity, account, roles, validUntil, g.list))
        );
    }

    function check_setRoles(uint32 number, uint8 roles, uint40 validUntil) external {
        Given memory g = alone();
        Party memory p = partyAt(number);
        Truth may = isOperator(g) & isKnown(number);
        p.roles = roles;
        p.validUntil = validUntil;
        expect(PARTIES, number, packed(p));
        prove(g, may, abi.encodeCall(IParties.setRoles, (number, roles, validUntil)));
    }

    function check_freeze(uint32 number, bool frozen) external {
        Given memory g = alone();
        Party memory p = partyAt(number);
        Truth may = isOperator(g) & isKnown(number);
        p.flags = pick(t(frozen), p.flags | FROZEN, p.flags & ~FROZEN);
        expect(PARTIES, number, packed(p));
        prove(g, may, abi.encodeCall(IParties.freeze, (number, frozen)));
    }

    function check_bar(uint32 number, bool barred) external {
        Given memory g = alone();
        Party memory p = partyAt(number);
        Truth may = isOperator(g) & isKnown(number);
        p.flags = pick(t(barred), p.flags | BARRED, p.flags & ~BARRED);
        expect(PARTIES, number, packed(p));
        prove(g, may, abi.encodeCall(IParties.bar, (number, barred)));
    }

    function check_setLimits(uint16 tenorDays, uint8 hops, uint8 rejectDays, uint8 expiryDays, uint64 minLot)
        external
    {
        Given memory g = alone();
        Limits memory m = Limits(limits().state, tenorDays, hops, rejectDays, expiryDays, minLot);
        expect(LIMITS, 0, packed(m));
        prove(
            g,
            isOperator(g) & areLimits(m),
            abi.encodeCall(IParties.setLimits, (tenorDays, hops, rejectDays, expiryDays, minLot))
        );
    }

    function check_setState(uint8 state) external {
        Given memory g = alone();
        Limits memory m = limits();
        m.state = state;
        expect(LIMITS, 0, packed(m));
        prove(g, isOperator(g) & t(state <= HALTED), abi.encodeCall(IParties.setState, (state)));
    }

    function check_setFingerprintKey(uint8 version, bytes32 publicKey) external {
        Given memory g = alone();
        Truth may = isOperator(g) & t(at(FINGERPRINT_KEYS, version) == 0);
        expect(FINGERPRINT_KEYS, version, uint256(publicKey));
        prove(g, may, abi.encodeCall(IParties.setFingerprintKey, (version, publicKey)));
    }

    /// @dev The operator hands over in two steps, and never to nobody.
    function check_transferOwnership(address next) external {
        Given memory g = alone();
        Truth may = isOperator(g);
        assume(t(at(PENDING_OWNER, 0) >> 160 == 0));
        expect(PENDING_OWNER, 0, uint160(next));
        prove(g, may, abi.encodeCall(IOwned.transferOwnership, (next)));
    }

    function check_acceptOwnership() external {
        Given memory g = alone();
        assume(t(at(OWNER, 0) >> 160 == 0));
        Truth may = isAlone(PENDING_OWNER, g.sender);
        expect(OWNER, 0, uint160(g.sender));
        expect(PENDING_OWNER, 0, 0);
        prove(g, may, abi.encodeCall(IOwned.acceptOwnership, ()));
    }

    function check_renounceOwnership() external {
        prove(alone(), t(false), abi.encodeCall(IOwned.renounceOwnership, ()));
    }

    // ------------------------------------------------------------------ a party

    function check_setKey(
        uint32 number,
        address key,
        uint16 scopes,
        uint16 currency,
        uint40 validUntil,
        uint64 limit
    ) external {
        // The account and the key itself: one of them sends, or both have signed.
        Given memory g = listed(1);
        Party memory p = partyAt(number);
        bytes memory message =
            abi.encode(MANDATE, number, key, scopes, currency, validUntil, limit, p.nonce);
        Truth may = isActive(number) & t(key != address(0)) & t(uint160(key) != p.account)
            & (isUnbound(key) | t(bits(at(KEYS, uint160(key)), 0, 32) == number))
            & consented(g, number, ACCOUNT_ONLY, 0, 0, message) & signedBy(g, key, message);
        uint256 word = number | (uint256(scopes) << 32) | (uint256(currency) << 48)
            | (uint256(validUntil) << 64) | (uint256(limit) << 104) | (p.epoch << 168);
        expect(KEYS, uint160(key), word);
        raiseNonce(number, p);
        prove(
            g,
            may,
            abi.encodeCall(IParties.setKey, (number, key, scopes, currency, validUntil, limit, g.list))
        );
    }

    function check_revokeKey(uint32 number, address key) external {
        Given memory g = given(number);
        Party memory p = partyAt(number);
        bytes memory message = abi.encode(REVOCATION, number, key, p.nonce);
        Truth may = isKnown(number) & t(bits(at(KEYS, uint160(key)), 0, 32) == number)
            & t(uint160(key) != p.account) & consented(g, number, ACCOUNT_ONLY, 0, 0, message);
        expect(KEYS, uint160(key), number | (p.epoch << 168));
        raiseNonce(number, p);
        prove(g, may, abi.encodeCall(IParties.revokeKey, (number, key, g.list)));
    }

    function check_setQuota(uint32 number, uint16 currency, uint64 quota) external {
        Given memory g = given(number);
        Party memory p = partyAt(number);
        bytes memory message = abi.encode(QUOTA, number, currency, quota, p.nonce);
        Truth may = isActive(number) & consented(g, number, ACCOUNT_ONLY, 0, 0, message);
        uint256 key = totalOf(number, currency);
        Obligation memory o = obligationAt(key);
        o.quota = quota;
        expect(OBLIGATIONS, key, packed(o));
        raiseNonce(number, p);
        prove(g, may, abi.encodeCall(IParties.setQuota, (number, currency, quota, g.list)));
    }
}
