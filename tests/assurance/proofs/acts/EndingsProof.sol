// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEndings} from "../../../../contracts/interfaces/IEndings.sol";
import {Terms} from "../../../../contracts/types/Receivable.sol";
import {Given} from "./Proof.sol";
import {Facts, Lot, Obligation} from "./State.sol";
import {ByTerms, Use} from "./Terms.sol";
import {Truth, t} from "./Truth.sol";

/// @dev Of one invoice with one fingerprint, to which a later registration may have added another.
contract EndingsProof is ByTerms {
    bytes32 private constant DECLINATURE =
        keccak256("Declinature(uint64 receivable,uint64 owed,bytes32 reason,uint40 deadline)");
    bytes32 private constant WITHDRAWAL = keccak256("Withdrawal(uint64 receivable,bytes32 reason,uint40 deadline)");
    bytes32 private constant CANCELLATION = keccak256(
        "Cancellation(uint64 receivable,uint16 seq,uint64 lotAmount,bytes32 reason,uint40 deadline)"
    );

    uint256 private constant DECLINED = 3;
    uint256 private constant WITHDRAWN = 4;
    uint256 private constant EXPIRED = 5;

    function check_decline(Terms memory terms, uint64 owed, bytes32 reason) external {
        Given memory g = given(terms.obligor);
        (Use memory u, bytes memory later, Truth may) = _ends(terms, DECLINED);
        bytes memory message = abi.encode(DECLINATURE, idOf(commitmentOf(terms)), owed, reason);
        may = may & isKnown(terms.obligor)
            & consented(g, terms.obligor, TO_CONFIRM, terms.currency, 0, message);
        prove(g, may, abi.encodeCall(IEndings.decline, (terms, owed, reason, u.list, later, g.list)));
    }

    function check_withdraw(Terms memory terms, bytes32 reason) external {
        Given memory g = given(terms.originator);
        (Use memory u, bytes memory later, Truth may) = _ends(terms, WITHDRAWN);
        bytes memory message = abi.encode(WITHDRAWAL, idOf(commitmentOf(terms)), reason);
        may = may & isKnown(terms.originator)
            & consented(g, terms.originator, TO_REGISTER, terms.currency, 0, message);
        prove(g, may, abi.encodeCall(IEndings.withdraw, (terms, reason, u.list, later, g.list)));
    }

    function check_expire(Terms memory terms) external {
        Given memory g = alone();
        uint256 expires = bits(at(FACTS, idOf(commitmentOf(terms))), 192, 40);
        (Use memory u, bytes memory later, Truth may) = _ends(terms, EXPIRED);
        prove(g, may & t(block.timestamp >= expires), abi.encodeCall(IEndings.expire, (terms, u.list, later)));
    }

    /// @dev Assumes that a root lot's receivable was confirmed with the terms that hash to the lot's id.
    function check_cancel(Terms memory terms, bytes32 reason) external {
        Given memory g = given(terms.originator, terms.obligor);
        uint256 id = uint256(commitmentOf(terms));
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(idOf(bytes32(id)));
        uint256 key = totalOf(f.obligor, f.currency);
        Obligation memory o = obligationAt(key);
        assume(
            t(l.status == 0)
                | (t(l.receivable == idOf(bytes32(id))) & t(f.face == terms.face) & t(f.obligor == terms.obligor)
                    & t(f.currency == terms.currency))
        );
        assume(~isLive(l) | (t(l.amount <= o.outstanding) & t(o.count != 0) & t(o.count < 1 << 32)));
        bytes memory message = abi.encode(CANCELLATION, l.receivable, l.seq, l.amount, reason);
        (Use memory u, bytes memory later, Truth may) = _releases(terms);
        may = may & t(l.status == FREE) & t(l.holder == terms.originator) & t(l.amount == terms.face)
            & t(l.seq != LAST_SEQ) & isUnfrozen(terms.originator) & isKnown(terms.obligor)
            & consented(g, terms.originator, TO_REGISTER, terms.currency, terms.face, message)
            & consented(g, terms.obligor, TO_CONFIRM, terms.currency, 0, message);
        unchecked {
            o.outstanding -= f.face;
            o.count -= 1;
        }
        f.status = CANCELED;
        (l.amount, l.peer, l.until, l.status) = (0, 0, 0, REDEEMED);
        expect(OBLIGATIONS, key, packed(o));
        expect(FACTS, l.receivable, packed(f));
        expect(LOTS, id, packed(l));
        prove(g, may, abi.encodeCall(IEndings.cancel, (terms, reason, u.list, later, g.list)));
    }

    function _ends(Terms memory terms, uint256 status)
        private
        returns (Use memory u, bytes memory later, Truth may)
    {
        bytes32 commitment = commitmentOf(terms);
        uint256 word = at(FACTS, idOf(commitment));
        (u, later, may) = _releases(terms);
        may = may & t(bits(word, 240, 8) == REGISTERED) & t(bits(word, 0, 192) == bits(uint256(commitment), 0, 192));
        expect(FACTS, idOf(commitment), (word & ~(uint256(0xff) << 240)) | (status << 240));
    }

    function _releases(Terms memory terms) private returns (Use memory u, bytes memory later, Truth may) {
        u = anyUse(1);
        bytes32[] memory more = new bytes32[](svm.createBool("a later fingerprint") ? 1 : 0);
        if (more.length != 0) {
            more[0] = bytes32(svm.createUint256("later"));
            later = abi.encodePacked(uint8(1), more[0]);
        }
        may = t(keccak256(u.list) == terms.invoicesHash) & mayRelease(u, more);
        releases(u, more);
    }
}
