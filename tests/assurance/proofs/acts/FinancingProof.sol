// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "../../../../contracts/interfaces/IFinancing.sol";
import {Given} from "./Proof.sol";
import {Facts, Lot} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";
import {TwoParties} from "./TwoParties.sol";

contract FinancingProof is TwoParties {
    bytes32 private constant LOCK =
        keccak256("Lock(uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,uint32 until,uint40 deadline)");
    bytes32 private constant RELEASE =
        keccak256("Release(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");
    bytes32 private constant SALE = keccak256(
        "Sale(uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,bool withRecourse,bool pledge,bytes32 termsHash,uint40 deadline)"
    );

    function check_lock(uint256 id, uint32 funder, uint32 until) external {
        Lot memory l = lotAt(id);
        Given memory g = given(l.holder);
        Facts memory f = factsAt(l.receivable);
        Truth may = t(l.status == FREE) & isRunning() & ~isSuspended(f) & t(funder != l.holder)
            & t(until > block.timestamp) & t(until <= f.maturity) & isActive(l.holder) & isActive(funder)
            & hasRole(funder, FUNDER) & t(l.seq != LAST_SEQ)
            & consented(
                g,
                l.holder,
                TO_FINANCE,
                f.currency,
                l.amount,
                abi.encode(LOCK, id, l.seq, l.amount, funder, until)
            );
        unchecked {
            l.seq += 1;
        }
        l.peer = funder;
        l.until = until;
        l.status = LOCKED;
        expect(LOTS, id, packed(l));
        prove(g, may, abi.encodeCall(IFinancing.lock, (id, funder, until, g.list)));
    }

    function check_release(uint256 id, uint32 by) external {
        Lot memory l = lotAt(id);
        Given memory g = given(by);
        Truth isPledged = t(l.status == PLEDGED);
        Truth ofLock = t(l.status == LOCKED) & isKnown(by)
            & (t(by == l.peer) | (t(by == l.holder) & t(block.timestamp >= l.until)));
        Truth ofPledge = isPledged & isUnfrozen(by) & t(by == l.peer);
        Truth may = (ofLock | ofPledge)
            & consented(g, by, TO_FINANCE, 0, 0, abi.encode(RELEASE, id, l.seq, l.amount));
        l.peer = 0;
        l.until = 0;
        l.status = FREE;
        expect(LOTS, id, packed(l));
        prove(g, may, abi.encodeCall(IFinancing.release, (id, by, g.list)));
    }

    function check_finance(uint256 id, bool withRecourse, bool pledge, bytes32 termsHash) external {
        Lot memory l = lotAt(id);
        Given memory g = givenOf(l.holder, l.peer);
        Facts memory f = factsAt(l.receivable);
        bytes memory message =
            abi.encode(SALE, id, l.seq, l.amount, l.peer, withRecourse, pledge, termsHash);
        Truth may = t(l.status == LOCKED) & t(block.timestamp < l.until) & isRunning() & ~isSuspended(f)
            & isActive(l.holder) & isActive(l.peer) & hasRole(l.peer, FUNDER) & t(l.seq != LAST_SEQ)
            & consented(g, l.holder, TO_FINANCE, f.currency, l.amount, message)
            & consented(g, l.peer, TO_FINANCE, f.currency, l.amount, message);
        unchecked {
            l.seq += 1;
        }
        l.until = 0;
        l.status = pick(t(pledge), PLEDGED, FINANCED);
        (l.holder, l.peer) = (
            pick(t(pledge), l.holder, l.peer), pick(t(pledge), l.peer, pick(t(withRecourse), l.holder, 0))
        );
        expect(LOTS, id, packed(l));
        prove(g, may, abi.encodeCall(IFinancing.finance, (id, withRecourse, pledge, termsHash, g.list)));
    }
}
