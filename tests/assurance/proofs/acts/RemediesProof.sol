// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRemedies} from "../../../../contracts/interfaces/IRemedies.sol";
import {Given} from "./Proof.sol";
import {Reduction} from "./Reduction.sol";
import {Facts, Lot, Party} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";
import {TwoParties} from "./TwoParties.sol";

contract RemediesProof is Reduction, TwoParties {
    bytes32 private constant CONTEST = keccak256(
        "Contest(uint64 receivable,uint256 lot,uint32 party,uint8 code,bytes32 evidence,uint32 nonce,uint40 deadline)"
    );
    bytes32 private constant ENFORCEMENT =
        keccak256("Enforcement(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant REASSIGNMENT = keccak256(
        "Reassignment(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,bytes32 termsHash,uint40 deadline)"
    );
    bytes32 private constant PUT_BACK =
        keccak256("PutBack(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant WRITE_OFF = keccak256(
        "WriteOff(uint256 lot,uint16 seq,uint64 lotAmount,uint64 amount,bytes32 reason,uint40 deadline)"
    );

    function check_contest(uint64 receivable, uint256 id, uint32 by, uint8 code, bytes32 evidence) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(receivable);
        Given memory g = given(by);
        Party memory p = partyAt(by);
        bytes memory message = abi.encode(CONTEST, receivable, id, by, code, evidence, p.nonce);
        Truth isObligor = t(by == f.obligor);
        Truth ofLot = isLive(l) & t(l.receivable == receivable) & (isObligor | t(by == l.holder));
        uint256 scope = pick(isObligor, TO_CONFIRM, TO_TRANSFER);
        Truth may = t(code >= 1) & t(code <= 6) & t(f.status == CONFIRMED) & isKnown(by)
            & (ofLot | (isObligor & t(id == 0))) & consented(g, by, scope, f.currency, 0, message);
        raiseNonce(by, p);
        prove(g, may, abi.encodeCall(IRemedies.contest, (receivable, id, by, code, evidence, g.list)));
    }

    function check_suspend(uint64 receivable, bytes32 reason) external {
        Given memory g = alone();
        Facts memory f = factsAt(receivable);
        Truth may = isArbiter(g) & t(f.status == CONFIRMED);
        f.flags |= SUSPENDED;
        expect(FACTS, receivable, packed(f));
        prove(g, may, abi.encodeCall(IRemedies.suspend, (receivable, reason)));
    }

    function check_resume(uint64 receivable, bytes32 reason) external {
        Given memory g = alone();
        Facts memory f = factsAt(receivable);
        Truth may = isArbiter(g) & t(f.status == CONFIRMED);
        f.flags &= ~SUSPENDED;
        expect(FACTS, receivable, packed(f));
        prove(g, may, abi.encodeCall(IRemedies.resume, (receivable, reason)));
    }

    function check_forcedTransfer(uint256 id, uint32 to, bytes32 reason) external {
        Given memory g = alone();
        Lot memory l = lotAt(id);
        Truth may = isArbiter(g) & isLive(l) & t(to != l.holder) & isActive(to);
        l.holder = to;
        l.peer = pick(t(l.status == FREE), 0, l.peer);
        l.until = pick(t(l.status == FREE), 0, l.until);
        expect(LOTS, id, packed(l));
        prove(g, may, abi.encodeCall(IRemedies.forcedTransfer, (id, to, reason)));
    }

    function check_enforce(uint256 id) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = given(l.peer);
        bytes memory message = abi.encode(ENFORCEMENT, id, l.seq, l.amount);
        Truth may = t(l.status == PLEDGED) & isRunning() & ~isSuspended(f) & t(block.timestamp >= f.maturity)
            & isActive(l.peer) & t(l.seq != LAST_SEQ)
            & consented(g, l.peer, TO_FINANCE, f.currency, l.amount, message);
        l.holder = l.peer;
        _ends(id, l, FINANCED);
        prove(g, may, abi.encodeCall(IRemedies.enforce, (id, g.list)));
    }

    function check_reassign(uint256 id, uint32 to, bytes32 termsHash) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = givenOf(l.holder, to);
        bytes memory message = abi.encode(REASSIGNMENT, id, l.seq, l.amount, to, termsHash);
        Truth may = t(l.status == FINANCED) & isRunning() & ~isSuspended(f) & t(to != l.holder)
            & isActive(l.holder) & isActive(to) & hasRole(to, FUNDER) & t(l.seq != LAST_SEQ)
            & consented(g, l.holder, TO_FINANCE, f.currency, l.amount, message)
            & consented(g, to, TO_FINANCE, f.currency, l.amount, message);
        l.holder = to;
        unchecked {
            l.seq += 1;
        }
        expect(LOTS, id, packed(l));
        prove(g, may, abi.encodeCall(IRemedies.reassign, (id, to, termsHash, g.list)));
    }

    function check_putBack(uint256 id) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = given(l.holder);
        bytes memory message = abi.encode(PUT_BACK, id, l.seq, l.amount);
        Truth may = t(l.status == FINANCED) & t(l.peer != 0) & t(block.timestamp >= f.maturity)
            & isKnown(l.holder) & t(l.seq != LAST_SEQ)
            & consented(g, l.holder, TO_FINANCE, f.currency, l.amount, message);
        l.holder = l.peer;
        _ends(id, l, FREE);
        prove(g, may, abi.encodeCall(IRemedies.putBack, (id, g.list)));
    }

    function check_writeOff(uint256 id, uint64 amount, bytes32 reason) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = givenOf(l.holder, l.peer);
        bytes memory message = abi.encode(WRITE_OFF, id, l.seq, l.amount, amount, reason);
        Truth byFunder = isUnfrozen(l.peer) & consented(g, l.peer, TO_SETTLE, f.currency, amount, message);
        Truth may = isLive(l) & t(amount != 0) & t(amount <= l.amount) & t(l.seq != LAST_SEQ)
            & isUnfrozen(l.holder) & consented(g, l.holder, TO_SETTLE, f.currency, amount, message)
            & (t(l.status != PLEDGED) | byFunder);
        reduces(id, l, f, amount, true);
        prove(g, may, abi.encodeCall(IRemedies.writeOff, (id, amount, reason, g.list)));
    }

    function _ends(uint256 id, Lot memory l, uint256 status) private {
        unchecked {
            l.seq += 1;
        }
        l.peer = 0;
        l.until = 0;
        l.status = status;
        expect(LOTS, id, packed(l));
    }
}
