// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRecoveries} from "../../../../contracts/interfaces/IRecoveries.sol";
import {Given, Proof} from "./Proof.sol";
import {Party} from "./State.sol";
import {Truth, t} from "./Truth.sol";

contract RecoveriesProof is Proof {
    bytes32 private constant VETO =
        keccak256("Veto(uint32 party,address account,uint32 nonce,uint40 deadline)");
    bytes32 private constant TAKEOVER =
        keccak256("Takeover(uint32 party,address account,uint32 nonce,uint40 deadline)");

    function check_proposeAccount(uint32 number, address account) external {
        Given memory g = alone();
        Truth isVetoed = t(partyAt(number).flags & VETOED != 0);
        Truth may = isKnown(number) & ((isVetoed & isArbiter(g)) | (~isVetoed & isOperator(g)))
            & _isBindable(number, account);
        unchecked {
            expect(RECOVERIES, number, uint160(account) | (bits(block.timestamp + 7 days, 0, 40) << 160));
        }
        prove(g, may, abi.encodeCall(IRecoveries.proposeAccount, (number, account)));
    }

    function check_vetoAccount(uint32 number) external {
        Given memory g = given(number);
        Party memory p = partyAt(number);
        uint256 proposed = at(RECOVERIES, number);
        bytes memory message = abi.encode(VETO, number, bits(proposed, 0, 160), p.nonce);
        Truth may = isKnown(number) & t(proposed != 0) & t(p.flags & VETOED == 0)
            & consented(g, number, ANYTHING, 0, 0, message);
        p.flags |= VETOED;
        expect(RECOVERIES, number, 0);
        raiseNonce(number, p);
        prove(g, may, abi.encodeCall(IRecoveries.vetoAccount, (number, g.list)));
    }

    function check_takeAccount(uint32 number) external {
        Given memory g = listed(1);
        Party memory p = partyAt(number);
        uint256 proposed = at(RECOVERIES, number);
        address account = address(uint160(proposed));
        bytes memory message = abi.encode(TAKEOVER, number, account, p.nonce);
        Truth may = isKnown(number) & t(proposed != 0) & t(block.timestamp >= bits(proposed, 160, 40))
            & t(p.epoch != type(uint8).max) & _isBindable(number, account) & signedBy(g, account, message);
        unchecked {
            p.epoch += 1;
        }
        p.account = uint160(account);
        p.flags &= ~VETOED;
        expect(RECOVERIES, number, 0);
        expect(KEYS, uint160(account), accountKey(number, p.epoch));
        raiseNonce(number, p);
        prove(g, may, abi.encodeCall(IRecoveries.takeAccount, (number, g.list)));
    }

    function check_setArbiter(address next) external {
        Given memory g = alone();
        Truth may = isArbiter(g) & t(next != address(0));
        expect(ARBITER, 0, uint160(next));
        prove(g, may, abi.encodeCall(IRecoveries.setArbiter, (next)));
    }

    /// @dev One address, one party: new, or a key of this very party.
    function _isBindable(uint256 number, address account) private view returns (Truth) {
        return t(account != address(0)) & t(uint160(account) != partyAt(number).account)
            & (isUnbound(account) | t(bits(at(KEYS, uint160(account)), 0, 32) == number));
    }
}
