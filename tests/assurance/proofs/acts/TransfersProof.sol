// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITransfers} from "../../../../contracts/interfaces/ITransfers.sol";
import {Move} from "../../../../contracts/types/Batch.sol";
import {Given, Proof} from "./Proof.sol";
import {Facts, Limits, Lot} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";

contract TransfersProof is Proof {
    bytes32 private constant TRANSFER =
        keccak256("Transfer(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount,uint40 deadline)");
    bytes32 private constant TRANSFERS = keccak256(
        "Transfers(Move[] moves,uint40 deadline)Move(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount)"
    );
    bytes32 private constant MOVE =
        keccak256("Move(uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount)");
    bytes32 private constant REJECTION =
        keccak256("Rejection(uint256 lot,uint16 seq,uint64 lotAmount,uint40 deadline)");

    function check_transfer(uint256 id, uint32 to, uint64 amount) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = given(l.holder);
        bytes memory message = abi.encode(TRANSFER, id, l.seq, l.amount, to, amount);
        Truth may = _movable(l, f, to, amount)
            & consented(g, l.holder, TO_TRANSFER, f.currency, amount, message);
        _moves(id, l, f, to, amount);
        prove(g, may, abi.encodeCall(ITransfers.transfer, (id, to, amount, g.list)));
    }

    /// @dev A batch of one.
    function check_transferMany(uint32 from, uint256 id, uint32 to, uint64 amount) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = given(from);
        bytes32 move = keccak256(abi.encode(MOVE, id, l.seq, l.amount, to, amount));
        bytes memory message = abi.encode(TRANSFERS, keccak256(abi.encode(move)));
        Truth may = _movable(l, f, to, amount) & t(from == l.holder)
            & consented(g, from, TO_TRANSFER, f.currency, amount, message);
        _moves(id, l, f, to, amount);
        Move[] memory moves = new Move[](1);
        moves[0] = Move(id, to, amount);
        prove(g, may, abi.encodeCall(ITransfers.transferMany, (from, moves, g.list)));
    }

    function check_reject(uint256 id) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        Given memory g = given(l.holder);
        bytes memory message = abi.encode(REJECTION, id, l.seq, l.amount);
        Truth may = t(l.status == FREE) & t(block.timestamp < l.until) & isKnown(l.holder)
            & t(l.seq != LAST_SEQ) & consented(g, l.holder, TO_TRANSFER, f.currency, l.amount, message);
        _givesBack(id, l);
        prove(g, may, abi.encodeCall(ITransfers.reject, (id, g.list)));
    }

    /// @dev Where all else is well, so that every way to consent shows: by two keys of whichever parties.
    function check_consents(uint256 id) external {
        Lot memory l = lotAt(id);
        Facts memory f = factsAt(l.receivable);
        assume(t(l.status == FREE) & t(block.timestamp < l.until) & isKnown(l.holder) & t(l.seq != LAST_SEQ));
        Given memory g = listed(2);
        bytes memory message = abi.encode(REJECTION, id, l.seq, l.amount);
        Truth may = consented(g, l.holder, TO_TRANSFER, f.currency, l.amount, message);
        _givesBack(id, l);
        prove(g, may, abi.encodeCall(ITransfers.reject, (id, g.list)));
    }

    function _givesBack(uint256 id, Lot memory l) private {
        unchecked {
            l.seq += 1;
        }
        l.holder = l.peer;
        l.peer = 0;
        l.until = 0;
        expect(LOTS, id, packed(l));
    }

    function _movable(Lot memory l, Facts memory f, uint256 to, uint256 amount) private returns (Truth) {
        Limits memory m = limits();
        unchecked {
            Truth isEnough = t(amount == l.amount) | (t(amount >= m.minLot) & t(l.amount - amount >= m.minLot));
            return t(l.status == FREE) & isRunning() & ~isSuspended(f) & isActive(l.holder) & isActive(to)
                & t(to != l.holder) & t(amount != 0) & t(amount <= l.amount) & isEnough & t(l.hops < m.maxHops)
                & t(l.seq != LAST_SEQ);
        }
    }

    function _moves(uint256 id, Lot memory l, Facts memory f, uint256 to, uint256 amount) private {
        Truth isWhole = t(amount == l.amount);
        Lot memory moved = lotAt(id);
        uint256 child = uint256(keccak256(abi.encode(id, l.seq)));
        unchecked {
            uint256 end = block.timestamp + limits().rejectDays * 1 days;
            moved.until = pick(t(end < f.maturity), end, f.maturity);
            moved.holder = to;
            moved.peer = l.holder;
            moved.amount = amount;
            moved.hops += 1;
            l.seq += 1;
            moved.seq = pick(isWhole, l.seq, 0);
            l.amount -= amount;
        }
        l.peer = 0;
        l.until = 0;
        expectIf(~isWhole, LOTS, child, packed(moved));
        expect(LOTS, id, pick(isWhole, packed(moved), packed(l)));
    }
}
