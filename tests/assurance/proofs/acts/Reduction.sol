// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Proof} from "./Proof.sol";
import {Facts, Lot, Obligation} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";

/// @title Lot, receivable and the obligor's total fall together.
abstract contract Reduction is Proof {
    /// @dev Assumes what Accounting.sol proves: lots are parts of what is left of the face, that of the total.
    function reduces(uint256 id, Lot memory l, Facts memory f, uint256 amount, bool raisesSeq) internal {
        uint256 key = totalOf(f.obligor, f.currency);
        Obligation memory o = obligationAt(key);
        unchecked {
            assume(
                ~isLive(l)
                    | (t(l.amount + f.settled <= f.face) & t(f.face - f.settled <= o.outstanding)
                        & t(o.count != 0) & t(o.count < 1 << 32))
            );
            l.amount -= amount;
            f.settled += amount;
            o.outstanding -= amount;
            o.count -= pick(t(f.settled == f.face), 1, 0);
            if (raisesSeq) l.seq += 1;
        }
        Truth isOver = t(l.amount == 0);
        Truth forgets = isOver | t(l.status == FREE);
        l.peer = pick(forgets, 0, l.peer);
        l.until = pick(forgets, 0, l.until);
        l.status = pick(isOver, REDEEMED, l.status);
        expect(LOTS, id, packed(l));
        expect(FACTS, l.receivable, packed(f));
        expect(OBLIGATIONS, key, packed(o));
    }
}
