// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Given, Proof} from "./Proof.sol";
import {Truth, t} from "./Truth.sol";

/// @title What two parties consent to.
abstract contract TwoParties is Proof {
    /// @notice Any sender, with no consent or one; in the list stands one of these two parties' account.
    /// @dev Each case by itself, in which the prover sees by its shape whose account it is. Assumes what the proofs of
    /// admit, setKey, revokeKey and takeAccount show: an account is a key of its own party and of no other. Parties that
    /// are unknown have none.
    function givenOf(uint256 one, uint256 other) internal returns (Given memory g) {
        g = listed(svm.createBool("a consent") ? 1 : 0);
        _isOwnKey(one);
        _isOwnKey(other);
        assume(t(one == other) | t(_accountOf(one) == address(0)) | t(_accountOf(one) != _accountOf(other)));
        if (svm.createBool("sent by one")) g.sender = _accountOf(one);
        else if (svm.createBool("sent by the other")) g.sender = _accountOf(other);
        else assume(t(g.sender != _accountOf(one)) & t(g.sender != _accountOf(other)));
        assume(t(g.sender != address(0)));
        if (g.list.length != 0) {
            address signer = _accountOf(svm.createBool("signed by one") ? one : other);
            // As everybody else here, not one of the contracts that the prover knows.
            assume(t(uint160(signer) >> 16 != 0xaaaa) & t(signer != address(this)));
            assume(t(signer != address(vm)) & t(signer != address(svm)));
            g.list[0].signer = signer;
        }
    }

    function _accountOf(uint256 number) private view returns (address) {
        return address(uint160(partyAt(number).account));
    }

    function _isOwnKey(uint256 number) private {
        uint256 account = partyAt(number).account;
        assume(t(account == 0) | t(bits(at(KEYS, account), 0, 32) == number));
    }
}
