// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../../../contracts/interfaces/ISettlement.sol";
import {Payment} from "../../../../contracts/types/Batch.sol";
import {Given} from "./Proof.sol";
import {Reduction} from "./Reduction.sol";
import {Facts, Lot} from "./State.sol";
import {Truth, pick, t} from "./Truth.sol";
import {TwoParties} from "./TwoParties.sol";

contract SettlementProof is Reduction, TwoParties {
    bytes32 private constant SETTLEMENT = keccak256(
        "Settlement(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment,uint40 deadline)"
    );
    bytes32 private constant SETTLEMENTS = keccak256(
        "Settlements(Payment[] payments,uint40 deadline)Payment(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment)"
    );
    bytes32 private constant PAYMENT = keccak256(
        "Payment(uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment)"
    );

    function check_settle(uint32 by, Payment memory p) external {
        Lot memory l = lotAt(p.lot);
        Facts memory f = factsAt(l.receivable);
        Given memory g = givenOf(by, p.payee);
        bytes memory message = abi.encode(SETTLEMENT, p.lot, l.seq, p.lotAmount, p.payee, p.amount, p.payment);
        Truth isReceipt = t(by == l.holder);
        Truth may = _payable(l, p) & (isReceipt | (t(by != 0) & t(by == f.settler))) & isUnfrozen(by)
            & consented(g, by, TO_SETTLE, f.currency, p.amount, message);
        Truth both = isUnfrozen(p.payee) & consented(g, p.payee, TO_SETTLE, f.currency, p.amount, message);
        may = may & (~isReceipt | t(l.status != PLEDGED) | both);
        reduces(p.lot, l, f, p.amount, false);
        prove(
            g,
            may,
            abi.encodeCall(
                ISettlement.settle, (p.lot, by, p.payee, p.lotAmount, p.amount, p.payment, g.list)
            )
        );
    }

    /// @dev A batch of one. No receivable but a lot's own names a settler of number 0, which is nobody.
    function check_settleMany(uint32 settler, Payment memory p) external {
        Lot memory l = lotAt(p.lot);
        Facts memory f = factsAt(l.receivable);
        Given memory g = given(settler);
        bytes32 payment = keccak256(
            abi.encode(PAYMENT, p.lot, l.seq, p.lotAmount, p.payee, p.amount, p.payment)
        );
        bytes memory message = abi.encode(SETTLEMENTS, keccak256(abi.encode(payment)));
        Truth may = _payable(l, p) & t(settler == f.settler) & isUnfrozen(settler)
            & consented(g, settler, TO_SETTLE, f.currency, p.amount, message);
        reduces(p.lot, l, f, p.amount, false);
        Payment[] memory payments = new Payment[](1);
        payments[0] = p;
        prove(g, may, abi.encodeCall(ISettlement.settleMany, (settler, payments, g.list)));
    }

    function _payable(Lot memory l, Payment memory p) private pure returns (Truth) {
        return isLive(l) & t(p.payee == pick(t(l.status == PLEDGED), l.peer, l.holder))
            & t(p.lotAmount == l.amount) & t(p.amount != 0) & t(p.amount <= l.amount);
    }
}
