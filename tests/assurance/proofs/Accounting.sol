// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The contract's accounting and nothing else, small enough for a proof over any number of calls in any order. Each
// part watches one receivable, lot, invoice or total; which one is not said, so what is proved of it holds for all.
// All by induction: an act is given any state in which the rule holds, and it holds in the state it leaves behind.
// What stands beside it is a sum, and that a member is not greater than the sum it belongs to is taken for granted
// (`paid <= others`). Who may act, signatures and time are left out: they only forbid more.

/// @title One receivable from its confirmation on: live lots and what is settled are the face; the obligor's total
/// is what is left of its confirmed faces.
/// @dev amount: the watched lot's; others: the other lots'; owed: left of the obligor's other receivables.
contract Claim {
    function _holds(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed
    ) private pure returns (bool) {
        return amount + others + settled == face && outstanding == owed + face - settled;
    }

    /// @dev Where it begins: nothing of the receivable is outstanding, then all of it.
    function confirm(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 newFace
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(amount == 0 && others == 0 && settled == 0 && face == 0 && newFace != 0);
        face = newFace;
        amount = newFace;
        outstanding += newFace;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    function confirmOther(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 newFace
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        outstanding += newFace;
        owed += newFace;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    function split(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 part
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(part != 0 && part < amount);
        amount -= part;
        others += part;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    /// @dev Another lot is watched from now on, with all that is said of the first.
    function watchAnother(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 another
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(another <= others);
        others = others + amount - another;
        amount = another;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    /// @dev Or written off: that counts as settled.
    function settle(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 paid
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(paid != 0 && paid <= amount);
        amount -= paid;
        settled += paid;
        outstanding -= paid;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    function settleOtherLot(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 paid
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(paid <= others);
        others -= paid;
        settled += paid;
        outstanding -= paid;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    function settleOtherReceivable(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed,
        uint256 paid
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(paid <= owed);
        owed -= paid;
        outstanding -= paid;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }

    function cancel(
        uint256 amount,
        uint256 others,
        uint256 settled,
        uint256 face,
        uint256 outstanding,
        uint256 owed
    ) external pure {
        require(_holds(amount, others, settled, face, outstanding, owed));
        require(amount == face && settled == 0);
        outstanding -= face;
        amount = 0;
        face = 0;
        assert(amount + others + settled == face);
        assert(outstanding == owed + face - settled);
    }
}

/// @title One invoice: used within its cap, by exactly those receivables that have not ended.
/// @dev own: the watched receivable's use; others: the other receivables' uses.
contract Invoice {
    function _holds(uint256 used, uint256 cap, uint256 own, uint256 others) private pure returns (bool) {
        return used <= cap && used == own + others;
    }

    function register(uint256 used, uint256 cap, uint256 own, uint256 others, uint256 use) external pure {
        require(_holds(used, cap, own, others));
        require(own == 0 && used + use <= cap);
        used += use;
        own = use;
        assert(used <= cap);
        assert(used == own + others);
    }

    function registerOther(uint256 used, uint256 cap, uint256 own, uint256 others, uint256 use) external pure {
        require(_holds(used, cap, own, others));
        require(used + use <= cap);
        used += use;
        others += use;
        assert(used <= cap);
        assert(used == own + others);
    }

    function release(uint256 used, uint256 cap, uint256 own, uint256 others, uint256 use) external pure {
        require(_holds(used, cap, own, others));
        require(use == own);
        used -= use;
        own = 0;
        assert(used <= cap);
        assert(used == own + others);
    }

    function releaseOther(uint256 used, uint256 cap, uint256 own, uint256 others, uint256 use) external pure {
        require(_holds(used, cap, own, others));
        require(use <= others);
        used -= use;
        others -= use;
        assert(used <= cap);
        assert(used == own + others);
    }
}

/// @title One lot's way through its states: no more than one funder has it at a time.
/// @dev financings: that have begun and not ended.
contract Financing {
    uint8 private constant FREE = 1;
    uint8 private constant LOCKED = 2;
    uint8 private constant PLEDGED = 3;
    uint8 private constant FINANCED = 4;
    uint8 private constant REDEEMED = 5;

    function _holds(uint8 status, uint256 financings) private pure returns (bool) {
        return financings == (status == PLEDGED || status == FINANCED ? 1 : 0);
    }

    function lock(uint8 status, uint256 financings) external pure {
        require(_holds(status, financings));
        require(status == FREE);
        status = LOCKED;
        assert(financings <= 1);
        assert(_holds(status, financings));
    }

    function release(uint8 status, uint256 financings) external pure {
        require(_holds(status, financings));
        require(status == LOCKED || status == PLEDGED);
        if (status == PLEDGED) financings -= 1;
        status = FREE;
        assert(financings <= 1);
        assert(_holds(status, financings));
    }

    function finance(uint8 status, uint256 financings, bool pledge) external pure {
        require(_holds(status, financings));
        require(status == LOCKED);
        financings += 1;
        status = pledge ? PLEDGED : FINANCED;
        assert(financings <= 1);
        assert(_holds(status, financings));
    }

    function enforce(uint8 status, uint256 financings) external pure {
        require(_holds(status, financings));
        require(status == PLEDGED);
        status = FINANCED;
        assert(financings <= 1);
        assert(_holds(status, financings));
    }

    function putBack(uint8 status, uint256 financings) external pure {
        require(_holds(status, financings));
        require(status == FINANCED);
        financings -= 1;
        status = FREE;
        assert(financings <= 1);
        assert(_holds(status, financings));
    }

    function redeem(uint8 status, uint256 financings) external pure {
        require(_holds(status, financings));
        require(status != REDEEMED);
        financings = 0;
        status = REDEEMED;
        assert(financings <= 1);
        assert(_holds(status, financings));
    }
}

/// @title One obligor's total in one currency: within the quota its account set, after each confirmation.
contract Total {
    uint256 private constant MAX = type(uint64).max;

    function confirm(uint256 outstanding, uint256 quota, uint256 face) external pure {
        require(outstanding + face <= (quota == 0 ? MAX : quota));
        outstanding += face;
        assert(quota == 0 || outstanding <= quota);
    }
}
